package iam

import "strings"

// Need is one permission that a request takes.
type Need struct {
	Action   string `json:"action"`   // e.g. dynamodb:GetItem
	Resource string `json:"resource"` // an ARN
}

// Connections returns the permission that a request to @connections takes; stage is the ARN of the stage.
func Connections(stage, method string) Need {
	return Need{"execute-api:ManageConnections", stage + "/" + method + connections + "*"}
}

// Invoke returns the permission that a call of a function takes; qualifier names an alias or a version, or is "".
func Invoke(function, qualifier string) Need {
	if qualifier != "" {
		function += ":" + qualifier
	}
	return Need{"lambda:InvokeFunction", function}
}

const connections = "/@connections/"

// Refusal words what AWS says of a request of user, an ARN, that the policies do not let through.
func (n Need) Refusal(user string, d Decision) string {
	resource := n.Resource
	if stage, _, ok := strings.Cut(resource, connections); ok { // API Gateway hides the account and generalizes the path
		parts := strings.SplitN(stage, ":", 6)
		if account := parts[len(parts)-2]; len(account) > 4 {
			parts[len(parts)-2] = strings.Repeat("*", 8) + account[len(account)-4:]
		}
		resource = strings.Join(parts, ":") + connections + "{connectionId}"
	}
	why := "because no identity-based policy allows the " + n.Action + " action"
	if d == Denied {
		why = "with an explicit deny in an identity-based policy"
	}
	return "User: " + user + " is not authorized to perform: " + n.Action + " on resource: " + resource + " " + why
}
