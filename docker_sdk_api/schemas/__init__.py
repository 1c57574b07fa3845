"""The documents of the API: what OpenAPI describes and what every answer is checked against."""
