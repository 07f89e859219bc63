package admission

// WithKeysThrough is WithKeys with another way to the server.
var WithKeysThrough = withKeys
