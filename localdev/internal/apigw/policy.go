package apigw

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parley-rtc/parley/localdev/internal/iam"
	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// verdict is an authorizer's answer.
type verdict struct {
	statements iam.Policy
	flat       []byte // {"principalId":…, …}: all values are strings
}

func readVerdict(answer []byte) (verdict, error) {
	var a struct {
		PrincipalID    string                               `json:"principalId"`
		PolicyDocument *struct{ Statement json.RawMessage } `json:"policyDocument"`
		Context        json.RawMessage                      `json:"context"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return verdict{}, fmt.Errorf("want principalId and policyDocument: %w", rawjson.Reason(err))
	}
	if a.PrincipalID == "" || a.PolicyDocument == nil {
		return verdict{}, errors.New("want principalId and policyDocument")
	}
	statements, err := iam.Statements(a.PolicyDocument.Statement)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{statements: statements}
	v.flat = append(v.flat, '{')
	if len(a.Context) > 0 && a.Context[0] != '{' && string(a.Context) != "null" {
		return verdict{}, errors.New("context: want an object")
	}
	for m := range rawjson.Object(a.Context) {
		if m.Name == "principalId" {
			continue
		}
		if m.Value[0] == '{' || m.Value[0] == '[' {
			return verdict{}, fmt.Errorf("context: %s is not a string, a number or a boolean", m.Name)
		}
		value := string(m.Value)
		if value[0] == '"' {
			value = rawjson.Text(m.Value)
		}
		v.flat = append(rawjson.AppendString(v.flat, clean(m.Name)), ':')
		v.flat = append(rawjson.AppendString(v.flat, clean(value)), ',')
	}
	v.flat = append(v.flat, `"principalId":`...)
	v.flat = append(rawjson.AppendString(v.flat, clean(a.PrincipalID)), '}')
	return v, nil
}
