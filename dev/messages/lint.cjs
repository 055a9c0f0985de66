// Tells what of e-mails the readers they are for drop: lint.cjs NODE_MODULES FILE …, prints {file: [what]}.
const fs = require("fs");
const path = require("path");
const [modules, ...files] = process.argv.slice(2);
const {doIUseEmail} = require(path.resolve(modules, "doiuse-email"));
const READERS = ["gmail.*", "outlook.*", "apple-mail.*"];
// What a message reads well without: colours at night and narrow margins, round corners, longest words broken.
const GRACEFUL = ["`@media`", "`<body> element`", "`role attribute`", "`border-radius`", "`word-break`"];

function faults(file) {
    const found = doIUseEmail(fs.readFileSync(file, "utf8"), {emailClients: READERS}).errors || [];
    return found.filter((fault) => !GRACEFUL.some((name) => fault.startsWith(name)));
}

console.log(JSON.stringify(Object.fromEntries(files.map((file) => [path.parse(file).name, faults(file)]))));
