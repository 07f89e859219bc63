package doctor

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Logs are what the functions have written since a time.
type Logs interface {
	Since(ctx context.Context, t time.Time) ([]string, error)
}

// symptom is what a line of a function's log gives away.
type symptom struct {
	sign    *regexp.Regexp
	setting string
	detail  string // $1 … are the groups of sign
	advice  string
}

var symptoms = []symptom{
	{
		regexp.MustCompile(`(?i)(?:PostToConnection|GetConnection|DeleteConnection).*(?:AccessDenied|ForbiddenException|StatusCode: 403)`), "endpoint or permission",
		"@connections answers 403", "let AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI end in the stage, as https://{api}.execute-api.{region}.amazonaws.com/{stage}, and allow execute-api:ManageConnections on its POST/@connections/*",
	},
	{
		regexp.MustCompile(`have the client greeted: .*ResourceNotFoundException`), "message function", "clients that wait to be greeted cannot connect: MESSAGE_FUNCTION names no function that is there",
		"set MESSAGE_FUNCTION of functions/connect to the name of functions/message, as both templates do, and deploy",
	},
	{
		regexp.MustCompile(`waits to be greeted, and MESSAGE_FUNCTION`), "message function", "clients that wait to be greeted cannot connect: functions/connect has no MESSAGE_FUNCTION",
		"deploy the template of this version, or take their protocol out of dialects (DIALECTS)",
	},
	{regexp.MustCompile(`(?i)AccessDenied`), "permission", "a function is denied access", "compare its role with template.yaml"},
	{
		regexp.MustCompile(`(?i)(?:PostToConnection|GetConnection|DeleteConnection).*(no such host|connection refused|unsupported protocol scheme|StatusCode: 404|tls: |request send failed|context deadline exceeded)`), "endpoint",
		"the functions cannot reach @connections ($1)", "set AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI to https://{api}.execute-api.{region}.amazonaws.com/{stage}: https, not wss, without /@connections",
	},
	{
		regexp.MustCompile(`(?:operation error|resolve).*[Ee]ndpoint`), "endpoint",
		"the functions have no endpoint that they can use", "set AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI to https://{api}.execute-api.{region}.amazonaws.com/{stage}",
	},
	{regexp.MustCompile(`ResourceNotFoundException`), "table", "a DynamoDB table is not there", "check CONNECTIONS_TABLE and ROOMS_TABLE, and that the tables are in the functions' region"},
	{regexp.MustCompile(`ParameterNotFound`), "secret", "the SSM parameter with a secret is not there", "put it, in the functions' region: aws ssm put-parameter --type SecureString --name …"},
	{
		regexp.MustCompile(`(CONNECTIONS_TABLE|ROOMS_TABLE|AUTH[A-Z_]*|ROOM_SEATS|LOG_LEVEL|ICE_SERVERS|TURN_[A-Z]+|ALLOWED_ORIGINS|DIALECTS|PEERJS_KEY|SIP_[A-Z_]+|MESSAGE_FUNCTION|HOST|LOBBY|GRACE|BUDGET_USD|METRICS)(=| is not set| are both set|: )`), "variable",
		"a function does not start: $1 is missing or wrong", "correct the variable $1 of the functions; their log says what it wants",
	},
	{regexp.MustCompile(`TooManyRequestsException|works on as many events as it may`), "concurrency", "Lambda refused an event, as the function works on as many as it may", concurrencyAdvice},
	{regexp.MustCompile(`ProvisionedThroughputExceeded|ThrottlingException|RequestLimitExceeded`), "throttling", "DynamoDB throttles the tables", "wait, or raise the table's or the account's limits"},
	{regexp.MustCompile(`Task timed out after ([\d.]+) seconds`), "time-out", "a function timed out after $1 s", "see what it waits for; a function in a VPC without a way out waits for ever"},
	{regexp.MustCompile(`panic: |signal: killed|Runtime exited|Runtime\.ExitError`), "crash", "a function crashed", "see its log; deploy the version before, or report it"},
}

// denial is how AWS, and localdev, say that a function's role does not grant something; the SDK's error repeats it.
var denial = regexp.MustCompile(`assumed-role/[^/\s]+/([^\s"\\]+) is not authorized to perform: ([\w:-]+)(?: on resource: ([^\s"\\]+)( with an explicit deny)?)?`)

// denied explains a line with a refusal: which permission for which function, and where it belongs.
func denied(groups []string) error {
	function, action, resource, explicit := groups[1], groups[2], groups[3], groups[4] != ""
	advice := "allow " + action
	if resource != "" {
		// API Gateway hides the account and the connection.
		exact := strings.ReplaceAll(resource, "{connectionId}", "*")
		if before, account, ok := strings.Cut(exact, ":********"); ok {
			_, rest, _ := strings.Cut(account, ":")
			exact = before + ":{account}:" + rest
		}
		advice += " on " + exact
	}
	advice += " in the role of " + function + " (Policies in template.yaml, the grants in infra), and deploy"
	if explicit {
		advice = "take the Deny of " + action + " out of the policies of " + function + "'s role, or of its boundary, and deploy"
	}
	switch service, _, _ := strings.Cut(action, ":"); service {
	case "dynamodb":
		advice += "; or, if that is no table of the service, correct CONNECTIONS_TABLE or ROOMS_TABLE"
	case "execute-api":
		advice += "; or, if that is not the API and stage of the service, correct AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"
	case "lambda":
		advice += ": without it clients that wait to be greeted, as those of PeerJS do, cannot connect; or, if that is not functions/message, correct MESSAGE_FUNCTION"
	case "ssm":
		advice += "; or, if that is not the parameter, correct AUTH_SECRET_PARAMETER, TURN_SECRET_PARAMETER or SIP_USERS_PARAMETER"
	}
	return broken("permission", advice, "%s may not do %s on %s", function, action, cmp.Or(resource, "what it needs"))
}

// awaitLogs is fromLogs, for what the logs have to say sooner or later: CloudWatch shows a line after some seconds.
func (e *examination) awaitLogs(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, logsPatience)
	defer cancel()
	again := time.NewTicker(logsPatience / 40)
	defer again.Stop()
	for e.Logs != nil && patience.Err() == nil {
		if p := e.fromLogs(patience); p != nil {
			return p
		}
		select {
		case <-again.C:
		case <-patience.Done():
		}
	}
	return nil
}

// fromLogs is what the logs say is broken, nil if they say nothing or cannot be read.
func (e *examination) fromLogs(ctx context.Context) error {
	line, s := e.symptom(ctx)
	if groups := denial.FindStringSubmatch(line); groups != nil {
		return denied(groups)
	}
	if s == nil {
		return nil
	}
	groups := s.sign.FindStringSubmatch(line)
	fill := func(text string) string {
		for i := len(groups) - 1; i > 0; i-- {
			text = strings.ReplaceAll(text, fmt.Sprint("$", i), groups[i])
		}
		return text
	}
	return &problem{detail: fill(s.detail), setting: s.setting, advice: fill(s.advice)}
}

func (e *examination) hint(ctx context.Context) string {
	if err := e.fromLogs(ctx); err != nil {
		return ": " + err.Error()
	}
	return ""
}

func (e *examination) symptom(ctx context.Context) (string, *symptom) {
	if e.Logs == nil {
		return "", nil
	}
	lines, err := e.Logs.Since(ctx, e.began)
	if err != nil {
		return "", nil
	}
	for _, line := range lines { // before all else: the others follow from it
		if denial.MatchString(line) {
			return line, nil
		}
	}
	for i := range symptoms {
		for _, line := range lines {
			if symptoms[i].sign.MatchString(line) {
				return line, &symptoms[i]
			}
		}
	}
	return "", nil
}
