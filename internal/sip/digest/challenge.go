package digest

// Challenge asks for credentials.
type Challenge struct {
	Realm string // of such characters as a host has
	Nonce string // likewise of letters, digits, - and _
	Stale bool   // the credentials that came were right, but for a nonce that has ended or is used up
}

// Value is the challenge in one algorithm, the value of WWW-Authenticate or Proxy-Authenticate.
func (c Challenge) Value(a Algorithm) string {
	value := `Digest realm="` + c.Realm + `", nonce="` + c.Nonce + `", algorithm=` + string(a) + `, qop="auth"`
	if c.Stale {
		value += ", stale=true"
	}
	return value
}
