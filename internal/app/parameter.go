package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// parameterTimeout is how long a function may wait for a secret while it starts.
const parameterTimeout = 5 * time.Second

// Secret returns the value itself if it is set, or that of the SSM parameter if one is named.
func (a *App) Secret(ctx context.Context, value, parameter string) (string, error) {
	if value != "" || parameter == "" {
		return value, nil
	}
	v, err := a.parameter(ctx, parameter)
	switch {
	case err != nil:
		return "", fmt.Errorf("read the parameter %s: %w", parameter, err)
	case v == "":
		return "", fmt.Errorf("the parameter %s is empty", parameter)
	}
	return v, nil
}

// parameter is one call of GetParameter.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
func (a *App) parameter(ctx context.Context, name string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, parameterTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]any{"Name": name, "WithDecryption": true})
	if err != nil {
		return "", err
	}
	said, err := a.signed(ctx, "ssm", "/", map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParameter",
	}, body)
	if err != nil {
		return "", err
	}
	var found struct {
		Parameter struct{ Value string }
		Type      string `json:"__type"` // of an error
		Message   string
	}
	if err := json.Unmarshal(said.body, &found); err != nil {
		return "", fmt.Errorf("SSM answers %s", said.status)
	}
	if said.code != http.StatusOK {
		return "", fmt.Errorf("SSM answers %s: %s %s", said.status, found.Type, found.Message)
	}
	return found.Parameter.Value, nil
}
