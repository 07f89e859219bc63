package template

import (
	"encoding/json"
	"time"
)

// Stack is all that localdev runs of one template. Every intrinsic function is resolved: strings are what a function
// deployed by this template would see on AWS, so an endpoint is still https://{apiId}.execute-api.{region}.amazonaws.com/{stage}.
type Stack struct {
	Name      string // AWS::StackName
	Region    string // AWS::Region
	AccountID string // AWS::AccountId, 12 digits
	Path      string // absolute path of the template file
	APIs      []API
	Functions []Function
	Tables    []Table
	Notices   []Notice // what localdev reads over, each with its place
}

// API is one WebSocket API with its one stage.
type API struct {
	LogicalID      string
	ID             string // 10 lower-case letters and digits, the same for the same stack and logical ID
	Name           string
	RouteSelection string // the route selection expression, e.g. $request.body.action
	Stage          string
	StageVariables map[string]string
	Routes         []Route
	Line           int
}

// Route is one route of an API, with its integration.
type Route struct {
	Key         string // $connect, $disconnect, $default or what the route selection expression yields
	Integration Integration
	// Response says that the route answers on the same socket: it has a RouteResponseSelectionExpression and an
	// AWS::ApiGatewayV2::RouteResponse.
	Response bool
	Line     int
}

// Integration is what a route calls.
type Integration struct {
	Type     string        // AWS_PROXY; others are kept as written
	Function string        // logical ID of the function, for AWS_PROXY
	Timeout  time.Duration // 50 ms to 29 s, default 29 s
	Line     int
}

// Function is one Lambda function.
type Function struct {
	LogicalID string
	Name      string // physical name, the one in its ARN
	Folder    string // base name of the folder that its code comes from, e.g. connect
	// Exactly one of Package and Binary is set.
	Package     string // absolute folder of a Go main package, to be built for this machine
	Binary      string // absolute path of a bootstrap to run as it is
	Handler     string // _HANDLER, e.g. bootstrap
	Runtime     string // e.g. provided.al2023
	MemoryMB    int    // default 128
	Timeout     time.Duration
	Environment map[string]string
	Line        int
}

// Table is one DynamoDB table.
type Table struct {
	LogicalID string
	Name      string          // physical name, as ListTables gives it
	Create    json.RawMessage // a CreateTable request body
	TTL       string          // attribute of the time to live, empty when off
	Line      int
}

// Notice names a resource or property that localdev does not run.
type Notice struct {
	LogicalID string
	Line      int
	Text      string
}
