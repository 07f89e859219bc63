package template

import (
	"encoding/json"
	"time"
)

// Stack is all that localdev runs of one template. Every intrinsic function is resolved: strings are what a function
// deployed by this template would see on AWS, so an endpoint is still https://{apiId}.execute-api.{region}.amazonaws.com/{stage}.
type Stack struct {
	Name      string   // AWS::StackName
	Region    string   // AWS::Region
	AccountID string   // AWS::AccountId, 12 digits
	Path      string   // absolute path of the template file
	BuildTags []string `json:",omitempty"` // that Go packages are built with, sorted
	APIs      []API
	Functions []Function
	Tables    []Table
	Sources   []EventSource
	FrontDoor *FrontDoor `json:",omitempty"` // nil is none
	Notices   []Notice   // what localdev reads over, each with its place
	// Ignored are how many resources localdev makes nothing of, by type without AWS::, e.g.
	// S3::Bucket.
	Ignored map[string]int `json:"-"`
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
	Throttle       Throttle // of all routes that have none of their own
	Mappings       []string `json:",omitempty"` // paths of custom domains that lead to the stage; "" is a root
	Line           int
}

// Throttle bounds requests, connections and messages alike. The zero value does not.
type Throttle struct {
	Set   bool
	Rate  float64 // requests a second
	Burst int
}

// Route is one route of an API, with its integration.
type Route struct {
	Key         string // $connect, $disconnect, $default or what the route selection expression yields
	Integration Integration
	// Response says that the route answers on the same socket: an AWS::ApiGatewayV2::RouteResponse
	// names it.
	Response bool
	// Undeclared says that a route with a Response has no RouteResponseSelectionExpression.
	Undeclared    bool        `json:",omitempty"`
	Authorization string      // NONE, AWS_IAM or CUSTOM; $connect only
	Authorizer    *Authorizer // for CUSTOM
	Throttle      Throttle
	Line          int
}

// Authorizer is a REQUEST Lambda authorizer.
type Authorizer struct {
	LogicalID      string
	Function       string   // logical ID
	IdentitySource []string // e.g. route.request.header.Authorization
	Line           int
}

// Integration is what a route calls.
type Integration struct {
	Type     string        // AWS_PROXY, AWS or MOCK; others are kept as written
	Function string        // logical ID of the function, for AWS_PROXY and AWS
	Service  string        `json:",omitempty"` // operation of DynamoDB, for AWS
	Role     *Role         `json:",omitempty"` // that Service is called with; nil is none
	URL      string        `json:",omitempty"` // of the back end, for HTTP and HTTP_PROXY
	Method   string        `json:",omitempty"` // that URL is called with
	Timeout  time.Duration // 50 ms to 29 s, default 29 s
	// Unsupported says why localdev does not run it; "" when it does. So does a Notice.
	Unsupported string `json:",omitempty"`
	// The rest is for all but AWS_PROXY.
	RequestTemplates map[string]string // by template key
	TemplateKey      string            // TemplateSelectionExpression; "" is $default
	Passthrough      string            // WHEN_NO_MATCH, WHEN_NO_TEMPLATES or NEVER
	Parameters       map[string]string // e.g. integration.request.header.X-Amz-Invocation-Type: 'Event'
	Responses        []IntegrationResponse
	Line             int
}

// IntegrationResponse turns what an integration answered into the frame for the client.
type IntegrationResponse struct {
	Key         string // $default or a regular expression between slashes, such as /2\d\d/
	Templates   map[string]string
	TemplateKey string // TemplateSelectionExpression; "" is $default
}

// Function is one Lambda function.
type Function struct {
	LogicalID string
	Name      string // physical name, the one in its ARN
	Folder    string // base name of the folder that its code comes from, e.g. connect
	// At most one of Package, Binary, Zip and Inline is set. None is for a folder of code that its
	// Runtime runs, or that only -lambda or -exec can run.
	Package     string   // absolute folder of a Go main package, to be built for this machine
	Beside      []string `json:",omitempty"` // absolute folders that lie beside the package's binary, if they are there
	BesideJSON  []string `json:",omitempty"` // likewise, with YAML in them as JSON
	Binary      string   // absolute path of a bootstrap to run as it is
	Zip         string   // absolute path of an archive
	Program     string   `json:",omitempty"` // the file in Zip that runs, where no runtime does
	Inline      string   `json:",omitempty"` // source text that stands in the template
	Code        string   // absolute folder of the code, LAMBDA_TASK_ROOT without Beside; "" if there is none yet
	Layers      []string `json:",omitempty"` // absolute folders of its layers that are here, in the template's order
	Handler     string   // _HANDLER, e.g. bootstrap
	Runtime     string   // e.g. provided.al2023
	MemoryMB    int      // default 128
	Timeout     time.Duration
	Reserved    *int `json:",omitempty"` // ReservedConcurrentExecutions; nil is none
	Environment map[string]string
	Logging     Logging      `json:",omitzero"`
	EventInvoke *EventInvoke `json:",omitempty"` // nil is Lambda's own: two retries within six hours
	Role        Role         `json:",omitzero"`
	Broken      string       // why localdev cannot run the code by itself; "" when it can
	Line        int
}

// Logging is what a function is told of its log; "" is Lambda's default.
type Logging struct {
	Format string // Text or JSON
	Level  string // of the function's own lines, in JSON: TRACE, DEBUG, INFO, WARN, ERROR or FATAL
	Group  string
}

// EventInvoke is what becomes of a function's asynchronous events.
type EventInvoke struct {
	Retries int // of an event whose function failed
	MaxAge  time.Duration
}

// Table is one DynamoDB table.
type Table struct {
	LogicalID string
	Name      string          // physical name, as ListTables gives it
	Create    json.RawMessage // a CreateTable request body
	TTL       string          // attribute of the time to live, empty when off
	Line      int
}

// EventSource feeds a function from the stream of a table.
type EventSource struct {
	LogicalID      string
	Function       string // logical ID
	Table          string // logical ID
	FromStart      bool   // TRIM_HORIZON; else LATEST
	BatchSize      int    // default 100
	Window         time.Duration
	Filters        []json.RawMessage // event patterns; an event that matches any is delivered
	Retries        int               // -1 is no limit
	BisectOnError  bool
	ReportFailures bool // ReportBatchItemFailures
	Line           int
}

// FrontDoor is a CloudFront distribution with an API as its origin, and a CloudFront Function at
// viewer request.
type FrontDoor struct {
	LogicalID  string
	Function   string // logical ID
	Code       string // the function's
	API        string // logical ID
	OriginPath string // in front of what the function makes of the path
	Methods    []string
	Line       int // of the function
}

// Notice names a resource or property that localdev does not run.
type Notice struct {
	LogicalID string
	File      string `json:",omitempty"` // as the caller named it; "" where only one template is read
	Line      int
	Text      string
}
