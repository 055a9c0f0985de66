/** How each outcome of the forecast is painted: a colour, and a pattern for whoever does not tell colours apart. */
const PAINTS = {
    goes: { color: "#28a745", draw: () => {} },
    asks: { color: "#0d6efd", draw: (pen) => pen.arc(4, 4, 1.5, 0, 2 * Math.PI) },
    held: { color: "#ffac00", draw: (pen) => drawLines(pen, [[4, 0, 4, 8]]) },
    fails: { color: "#dc3545", draw: (pen) => drawLines(pen, [[0, 0, 8, 8], [8, 0, 0, 8]]) }, // prettier-ignore
    left: { color: "#8f959b", draw: (pen) => drawLines(pen, [[0, 8, 8, 0]]) },
};

export const OUTCOMES = Object.keys(PAINTS);

function drawLines(pen, lines) {
    for (const [fromX, fromY, toX, toY] of lines) {
        pen.moveTo(fromX, fromY);
        pen.lineTo(toX, toY);
    }
}

function tile(outcome) {
    const { color, draw } = PAINTS[outcome];
    const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = color;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = "rgba(255, 255, 255, 0.85)";
    pen.beginPath();
    draw(pen);
    pen.stroke();
    return canvas;
}

export const colorOf = (outcome) => PAINTS[outcome]?.color;

/** What a chart fills a bar with. */
export const patternOf = (outcome) => document.createElement("canvas").getContext("2d").createPattern(tile(outcome), "repeat");

/** What a swatch beside a name is filled with. */
export const imageOf = (outcome) => `url(${tile(outcome).toDataURL()})`;
