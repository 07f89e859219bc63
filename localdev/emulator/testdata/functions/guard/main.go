// Command guard is the REQUEST authorizer of the test APIs: it answers as the query asks.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	MethodARN string            `json:"methodArn"`
	Query     map[string]string `json:"queryStringParameters"`
}

func main() {
	lambda.Start(func(_ context.Context, raw json.RawMessage) (any, error) {
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		effect, resource := "Allow", e.MethodARN
		values := map[string]any{"tenant": "t1", "seats": 8, "beta": true, "event": string(raw)}
		switch e.Query["do"] {
		case "unauthorized":
			return nil, errors.New("Unauthorized") //nolint:staticcheck // the very text that API Gateway looks for
		case "error":
			return nil, errors.New("unauthorized, but not in the one spelling")
		case "exit":
			os.Exit(1)
		case "shape":
			return "yes", nil
		case "document":
			return map[string]any{"principalId": "user-1", "policyDocument": []any{}}, nil
		case "statement":
			document := map[string]any{"Statement": map[string]any{"Effect": 1}}
			return map[string]any{"principalId": "user-1", "policyDocument": document}, nil
		case "nobody":
			return map[string]any{"policyDocument": map[string]any{"Statement": []any{}}}, nil
		case "nested":
			values["nested"] = map[string]string{"a": "b"}
		case "big":
			values["big"] = string(make([]byte, 9000))
		case "deny":
			effect = "Deny"
		case "elsewhere":
			resource += "x"
		case "wildcard":
			resource = "arn:aws:execute-api:*:*:*/*/$conn?ct"
		}
		statement := []any{map[string]any{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}}
		switch e.Query["do"] {
		case "implicit":
			statement = []any{}
		case "both":
			statement = append(statement, map[string]any{"Action": []string{"execute-api:*"}, "Effect": "Deny", "Resource": []string{"*"}})
		}
		return map[string]any{
			"principalId":    "user-1",
			"policyDocument": map[string]any{"Version": "2012-10-17", "Statement": statement},
			"context":        values,
		}, nil
	})
}
