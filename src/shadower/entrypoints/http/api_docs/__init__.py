"""The API's description: OpenAPI 3.1 with examples, as JSON and as a page that needs nothing from elsewhere."""
