package infra

import (
	"maps"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

const module = "github.com/parley-rtc/parley/"

// Signaling is the whole service.
type Signaling struct {
	constructs.Construct
	URL                          string // where clients connect, as the CDK's token
	API                          awsapigatewayv2.WebSocketApi
	Stage                        awsapigatewayv2.WebSocketStage
	Connect, Disconnect, Message awslambda.Function
	Connections, Rooms           awsdynamodb.Table
	FrontDoor                    awscloudfront.Distribution // nil without Props.FrontDoor
	FrontDoorURL                 string                     // where clients connect that want a path of their own

	props Props
}

// NewSignaling adds the service to a scope. It panics, as constructs do, with what is wrong with the props, or with the
// error of the go command if it has to build the functions and cannot.
func NewSignaling(scope constructs.Construct, id string, props Props) *Signaling {
	props, err := props.withDefaults()
	if err != nil {
		panic(err) //nolint:forbidigo // a construct has no other way to fail
	}
	if props.Assets == "" {
		if props.Assets, err = build(props.Recipes); err != nil {
			panic(err) //nolint:forbidigo // a construct has no other way to fail
		}
	}
	s := &Signaling{Construct: constructs.NewConstruct(scope, &id), props: props}
	s.Connections = table(s.Construct, "ConnectionsTable", props.Retain, "connection", "")
	s.Rooms = table(s.Construct, "RoomsTable", props.Retain, "room", "item")
	s.API = awsapigatewayv2.NewWebSocketApi(s.Construct, jsii.String("Api"), &awsapigatewayv2.WebSocketApiProps{
		ApiName:                  awscdk.Stack_Of(s.Construct).StackName(), // an account may have several
		RouteSelectionExpression: props.selection(),
	})
	s.addFunctions()
	s.addRoutes()
	s.addHeartbeats()
	s.addStage()
	s.URL = *s.Stage.Url()
	if props.Domain != nil {
		s.addDomain()
	}
	if props.FrontDoor {
		s.addFrontDoor()
	}
	if props.Alarms {
		s.addAlarms()
	}
	return s
}

func (s *Signaling) addFunctions() {
	stack := awscdk.Stack_Of(s.Construct)
	env := s.props.environment(*stack.StackName())
	maps.Copy(env, map[string]string{
		envConnectionsTable: *s.Connections.TableName(),
		envRoomsTable:       *s.Rooms.TableName(),
		envEndpoint:         "https://" + *s.API.ApiId() + ".execute-api." + *stack.Region() + "." + *stack.UrlSuffix() + "/" + s.props.Stage,
	})
	on := func(t awsdynamodb.Table, actions ...string) grant { return grant{actions, []string{*t.TableArn()}} }
	to := func(methods ...string) grant {
		g := grant{actions: []string{"execute-api:ManageConnections"}}
		for _, m := range methods {
			g.resources = append(g.resources, *stack.FormatArn(&awscdk.ArnComponents{
				Service: jsii.String("execute-api"), Resource: s.API.ApiId(), ResourceName: jsii.String(s.props.Stage + "/" + m + "/@connections/*"),
			}))
		}
		return g
	}
	connect := []grant{on(s.Connections, "dynamodb:PutItem")}
	message := []grant{
		on(s.Connections, "dynamodb:GetItem", "dynamodb:UpdateItem"),
		on(s.Rooms, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
		to("POST", "GET", "DELETE"),
	}
	if p := s.props.AuthSecretParameter; p != "" {
		connect = append(connect, s.read(p))
	}
	if p := s.props.TURNSecretParameter; p != "" {
		message = append(message, s.read(p))
	}
	if p := s.props.AuthSecretParameter; p != "" && s.props.admitsLater() {
		message = append(message, s.read(p))
	}
	if p := s.props.SIPUsersParameter; p != "" && s.props.serves(DialectSIP) {
		message = append(message, s.read(p))
	}
	disconnect := []grant{on(s.Connections, "dynamodb:DeleteItem"), on(s.Rooms, "dynamodb:UpdateItem"), to("POST")}
	if s.props.serves(DialectSocketIO) { // its recipe tells others who has left, and whose end nobody told of
		message = append(message, on(s.Connections, "dynamodb:DeleteItem"))
		disconnect = append(disconnect,
			on(s.Connections, "dynamodb:GetItem", "dynamodb:UpdateItem"), on(s.Rooms, "dynamodb:GetItem"))
	}
	s.Disconnect = s.function(s.Construct, "DisconnectFunction", "disconnect", with(s.props.ofOthers(), env), disconnect...)
	s.Message = s.function(s.Construct, "MessageFunction", "message", with(s.props.ofMessage(), env), message...)
	if s.props.greets() {
		connect = append(connect, s.addOpener(env))
	}
	s.Connect = s.function(s.Construct, "ConnectFunction", "connect", env, connect...)
}

// addOpener has functions/connect invoke functions/message, which greets whom it has let in:
// whoever waits for that waits now, and not in a minute. It adds to the variables what
// functions/connect alone has, and returns what it may do.
func (s *Signaling) addOpener(env map[string]string) grant {
	s.Message.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{
		MaxEventAge: awscdk.Duration_Seconds(jsii.Number(60)), RetryAttempts: jsii.Number(0),
	})
	maps.Copy(env, s.props.ofConnect())
	env[envMessageFunction] = *s.Message.FunctionName()
	return grant{[]string{"lambda:InvokeFunction"}, []string{*s.Message.FunctionArn()}}
}

// read allows to read one parameter. One encrypted with the account's own key for SSM needs no more than that.
func (s *Signaling) read(parameter string) grant {
	return grant{[]string{"ssm:GetParameter"}, []string{*awscdk.Stack_Of(s.Construct).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("ssm"), Resource: jsii.String("parameter"), ResourceName: jsii.String(parameter[1:]),
	})}}
}

func (s *Signaling) addRoutes() {
	for _, route := range []struct {
		key, id string
		to      awslambda.Function
	}{{"$connect", "Connect", s.Connect}, {"$disconnect", "Disconnect", s.Disconnect}, {"$default", "Message", s.Message}} {
		s.API.AddRoute(&route.key, &awsapigatewayv2.WebSocketRouteOptions{
			Integration: awsapigatewayv2integrations.NewWebSocketLambdaIntegration(jsii.String(route.id+"Integration"), route.to, nil),
		})
	}
}
