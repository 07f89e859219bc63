// Package caller is about who signs requests: with which key, and what API Gateway shows of him in
// the identity of a request context.
package caller

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
)

// Caller is a user of IAM, a session of a role, or an identity of Cognito. All but the secret is in
// an event's identity, as far as it is not empty.
type Caller struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"-"`
	AccountID string `json:"accountId"`
	Caller    string `json:"caller"`
	User      string `json:"user"`
	UserARN   string `json:"userArn"`

	CognitoIdentityID             string `json:"cognitoIdentityId,omitempty"`
	CognitoIdentityPoolID         string `json:"cognitoIdentityPoolId,omitempty"`
	CognitoAuthenticationType     string `json:"cognitoAuthenticationType,omitempty"`
	CognitoAuthenticationProvider string `json:"cognitoAuthenticationProvider,omitempty"`
	CognitoAMR                    string `json:"cognitoAmr,omitempty"`
}

// User is a user of IAM of that name.
func User(accessKey, secretKey, account, name string) Caller {
	c := Caller{AccessKey: accessKey, SecretKey: secretKey, UserARN: "arn:aws:iam::" + account + ":user/" + name}
	_ = c.complete(account) // that ARN is one
	return c
}

// Session is one of a role, as a function has.
func Session(accessKey, secretKey, account, role, name string) Caller {
	arn := "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name
	c := Caller{AccessKey: accessKey, SecretKey: secretKey, UserARN: arn}
	_ = c.complete(account) // that ARN is one
	return c
}

// Identity returns the members of a JSON object.
func (c Caller) Identity() []byte {
	b, err := json.Marshal(c)
	if err != nil { // of strings
		return nil
	}
	return b[1 : len(b)-1]
}

// complete makes up what is missing as AWS would have it.
func (c *Caller) complete(account string) error {
	if c.CognitoIdentityID != "" && c.CognitoAuthenticationType == "" {
		c.CognitoAuthenticationType = "authenticated"
	}
	switch {
	case c.UserARN != "":
	case c.CognitoAuthenticationType == "unauthenticated":
		c.UserARN = "arn:aws:sts::" + account + ":assumed-role/CognitoUnauthRole/CognitoIdentityCredentials"
	case c.CognitoIdentityID != "":
		c.UserARN = "arn:aws:sts::" + account + ":assumed-role/CognitoAuthRole/CognitoIdentityCredentials"
	default:
		c.UserARN = "arn:aws:iam::" + account + ":user/" + c.AccessKey
	}
	parts := strings.SplitN(c.UserARN, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[4] == "" {
		return fmt.Errorf("userArn %q: want one such as arn:aws:iam::%s:user/alice", c.UserARN, account)
	}
	id, err := principal(parts[4], parts[5])
	if err != nil {
		return fmt.Errorf("userArn %q: %w", c.UserARN, err)
	}
	for field, value := range map[*string]string{&c.AccountID: parts[4], &c.Caller: id, &c.User: id} {
		if *field == "" {
			*field = value
		}
	}
	return nil
}

// principal is the identifier of what an ARN names: unique, and the same each time.
func principal(account, resource string) (string, error) {
	kind, name, _ := strings.Cut(resource, "/")
	role, session, _ := strings.Cut(name, "/")
	switch {
	case kind == "root":
		return account, nil
	case kind == "user" && name != "":
		return "AIDA" + unique(account, resource), nil
	case kind == "assumed-role" && role != "" && session != "":
		return "AROA" + unique(account, role) + ":" + session, nil
	case kind == "federated-user" && name != "":
		return account + ":" + name, nil
	}
	return "", fmt.Errorf("want user/NAME, assumed-role/ROLE/SESSION, federated-user/NAME or root at its end")
}

// unique is of the form and length of IAM's identifiers behind their prefix.
func unique(account, name string) string {
	sum := sha256.Sum256([]byte(account + "/" + name))
	return base32.StdEncoding.EncodeToString(sum[:])[:17]
}
