package iam

// Need is one permission that a request takes.
type Need struct {
	Action   string `json:"action"`   // e.g. dynamodb:GetItem
	Resource string `json:"resource"` // an ARN
}

// Connections returns the permission that a request to @connections takes; stage is the ARN of the stage.
func Connections(stage, method string) Need {
	return Need{"execute-api:ManageConnections", stage + "/" + method + "/@connections/*"}
}
