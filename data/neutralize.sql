-- a copy of the database posts nothing, and nobody's messages about letters are believed
UPDATE chasing_postal_provider
   SET code = 'print',
       test_mode = true,
       client_id = NULL,
       api_key = NULL,
       organisation = NULL,
       webhook_secret = NULL,
       webhook_token = NULL,
       test_state = NULL,
       test_text = NULL;
-- what waited for a provider is no letter of this database's to send
UPDATE chasing_letter
   SET provider_code = 'print'
 WHERE state = 'queued';
