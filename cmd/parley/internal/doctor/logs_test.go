package doctor

import (
	"context"
	"strings"
	"testing"
	"time"
)

// oneLine is a log with that line.
type oneLine string

func (l oneLine) Since(context.Context, time.Time) ([]string, error) {
	return []string{"START RequestId: 1 Version: $LATEST", string(l)}, nil
}

// The lines are as AWS words them, where localdev has no such failure.
func TestLogLinesAreUnderstood(t *testing.T) {
	for line, want := range map[string][2]string{
		`{"level":"ERROR","err":"read the room: operation error DynamoDB: GetItem, https response error StatusCode: 400, RequestID: X, api error AccessDeniedException: User: arn:aws:sts::1:assumed-role/P-MessageFunctionRole/P is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:eu-west-1:1:table/P-Rooms because no identity-based policy allows the dynamodb:GetItem action"}`: {
			"permission", "P may not do dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:1:table/P-Rooms: allow dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:1:table/P-Rooms in the role of P ",
		},
		`{"err":"push: operation error ApiGatewayManagementApi: PostToConnection, https response error StatusCode: 403, RequestID: X, api error AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/P-R/P-MessageFunction-X is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:eu-west-1:********9012:a1/prod/POST/@connections/{connectionId}"}`: {
			"permission", "P-MessageFunction-X may not do execute-api:ManageConnections on arn:aws:execute-api:eu-west-1:********9012:a1/prod/POST/@connections/{connectionId}: " +
				"allow execute-api:ManageConnections on arn:aws:execute-api:eu-west-1:{account}:a1/prod/POST/@connections/* in the role of P-MessageFunction-X ",
		},
		`{"err":"User: arn:aws:sts::1:assumed-role/R/F is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:eu-west-1:1:table/T with an explicit deny in an identity-based policy"}`: {
			"permission", "take the Deny of dynamodb:GetItem out of the policies of F's role",
		},
		`{"err":"read the parameter /p/s: SSM answers 400 Bad Request: AccessDeniedException User: arn:aws:sts::1:assumed-role/R/F is not authorized to perform: ssm:GetParameter"}`: {
			"permission", "F may not do ssm:GetParameter on what it needs",
		},
		`{"err":"have the client greeted: invoke P-Message: it was answered 403 Forbidden: AccessDeniedException User: arn:aws:sts::1:assumed-role/R/P-Connect is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:1:function:P-Message because no identity-based policy allows the lambda:InvokeFunction action: allow lambda:InvokeFunction on it"}`: {
			"permission", "P-Connect may not do lambda:InvokeFunction on arn:aws:lambda:eu-west-1:1:function:P-Message: allow lambda:InvokeFunction on arn:aws:lambda:eu-west-1:1:function:P-Message in the role of P-Connect ",
		},
		`{"err":"have the client greeted: invoke P-Message: it was answered 404 Not Found: ResourceNotFoundException Function not found: arn"}`:               {"message function", "MESSAGE_FUNCTION names no function"},
		`{"err":"this client waits to be greeted, and MESSAGE_FUNCTION, which would do it, is not set: deploy the template of this version"}`:                 {"message function", "has no MESSAGE_FUNCTION"},
		`{"msg":"start","err":"DIALECTS: \"xmpp\": want names of parley, y-webrtc, peerjs, separated by commas; nothing is all of them"}`:                     {"variable", "correct the variable DIALECTS"},
		`{"msg":"start","err":"SIP_USERS and SIP_USERS_PARAMETER are both set: want one of them"}`:                                                            {"variable", "SIP_USERS_PARAMETER"},
		`{"err":"operation error DynamoDB: GetItem, AccessDeniedException: "}`:                                                                                {"permission", "denied access"},
		`{"err":"push: operation error ApiGatewayManagementApi: PostToConnection, https response error StatusCode: 403, RequestID: X, ForbiddenException: "}`: {"endpoint or permission", "403"},
		`{"err":"push: operation error ApiGatewayManagementApi: PostToConnection, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post \"https://execute-api.eu-west-1.amazonaws.com/@connections/x\": dial tcp: lookup execute-api.eu-west-1.amazonaws.com: no such host"}`: {
			"endpoint", "no such host",
		},
		`{"msg":"start","err":"AUTH_SECRET_PARAMETER: read the parameter /p/s: SSM answers 400 Bad Request: ParameterNotFound "}`: {"secret", "parameter"},
		`{"err":"operation error DynamoDB: UpdateItem, ResourceNotFoundException: Requested resource not found"}`:                 {"table", "table"},
		`{"err":"operation error DynamoDB: UpdateItem, ThrottlingException: Rate of requests exceeds"}`:                           {"throttling", "DynamoDB"},
		`2026-11-24T10:00:00.000Z 1-2-3 Task timed out after 10.01 seconds`:                                                       {"time-out", "10.01 s"},
		`panic: runtime error: index out of range`:                                                                                {"crash", "crashed"},
		`{"level":"INFO","msg":"message","outcome":"ok"}`:                                                                         {"", ""},
	} {
		e := &examination{Options: Options{Logs: oneLine(line)}}
		err := e.fromLogs(t.Context())
		if want[0] == "" {
			if err != nil {
				t.Errorf("%s: got %v, want nothing", line, err)
			}
			continue
		}
		p, ok := err.(*problem) //nolint:errorlint // as it is
		if !ok || p.setting != want[0] || !strings.Contains(p.detail+": "+p.advice, want[1]) {
			t.Errorf("%.80s: got %+v, want %v", line, err, want)
		}
	}
}
