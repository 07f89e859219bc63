// Package template reads SAM and CloudFormation templates, YAML or JSON, and says what localdev has
// to run of them: the WebSocket APIs with their routes, the functions, the tables.
//
// A template is parsed into nodes that know their place (yaml.go, json.go). SAM's own resources are
// then written out as the plain ones that SAM makes of them, under the same logical IDs (sam.go).
// All names are checked (check.go), and properties are evaluated only where they matter, with the
// values that AWS would give (eval.go, value.go). So a route's function is found as on AWS, by the
// ARN in its integration, however the template puts that together. Nested stacks whose templates
// are files here are read along (nested.go), and all of it is searched as one.
//
// What is wrong with an API is an *Error with file, line and column. What is wrong with a function
// breaks that function; all else that is wrong, that localdev does not run, or that only AWS knows
// (unknown.go), is a Notice.
package template
