// Package template reads SAM and CloudFormation templates, YAML or JSON, and says what localdev has to run of them: the
// WebSocket APIs with their routes, the functions, the tables.
//
// A template is parsed into nodes that know their place (yaml.go, json.go). SAM's own resources are then written out as
// the plain ones that SAM makes of them, under the same logical IDs (sam.go). All names are checked (check.go), and
// properties are evaluated only where they matter, with the values that AWS would give (eval.go, value.go). So a route's
// function is found as on AWS, by the ARN in its integration, however the template puts that together.
//
// What is wrong is an *Error with file, line and column. What localdev does not run, or only AWS knows, is a Notice.
package template
