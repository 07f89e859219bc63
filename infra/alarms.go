package infra

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"
)

// namespace is that of the metrics in the functions' log lines; their dimension is Service, the name of the stack.
const namespace = "Parley"

// slow is a latency of the functions that people notice in a call's set-up, in ms.
const slow = 2000

// alarm is one line of docs/operate.md.
type alarm struct {
	id, description string
	metric          awscloudwatch.IMetric
	threshold       float64
	periods         float64 // that must be over it
}

func (s *Signaling) addAlarms() {
	var topic awssns.Topic
	if s.props.AlarmEmail != "" {
		topic = awssns.NewTopic(s.Construct, jsii.String("AlarmTopic"), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(&s.props.AlarmEmail, nil))
		s.letAlarmsPublish(topic)
	}
	for _, a := range s.alarms() {
		made := awscloudwatch.NewAlarm(s.Construct, &a.id, &awscloudwatch.AlarmProps{
			AlarmDescription: &a.description, Metric: a.metric, Threshold: &a.threshold, EvaluationPeriods: &a.periods,
			ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
			TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING, // nobody calls
		})
		if topic != nil {
			made.AddAlarmAction(awscloudwatchactions.NewSnsAction(topic))
			made.AddOkAction(awscloudwatchactions.NewSnsAction(topic))
		}
	}
	s.addDashboard()
}

// letAlarmsPublish: a topic with a policy, and EnforceSSL makes one, has lost SNS's own, which let its account publish.
func (s *Signaling) letAlarmsPublish(topic awssns.Topic) {
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AlarmsOfThisAccount"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Stack_Of(s.Construct).Account()}},
	}))
}

func (s *Signaling) alarms() []alarm {
	return []alarm{
		{
			"FunctionErrorsAlarm", "A function crashed or timed out: see docs/operate.md, function errors.",
			s.sum("crashes", awslambda.Function.MetricErrors), 0, 1,
		},
		{
			"InternalErrorsAlarm", "Clients were told of internal errors: see docs/operate.md, internal errors.",
			s.own("Errors", "Sum", "Code", "internal"), 5, 1,
		},
		{
			"ThrottlesAlarm", "Events were refused for want of concurrency: see docs/operate.md, throttles.",
			s.sum("throttles", awslambda.Function.MetricThrottles), 0, 1,
		},
		{
			"LatencyAlarm", "Messages take long: see docs/operate.md, latency.",
			s.Message.MetricDuration(&awscloudwatch.MetricOptions{Statistic: jsii.String("p99"), Period: minutes(5)}), slow, 3,
		},
		{
			"SpendAlarm", "This hour costs more than a hundredth of the month's budget, or than a dollar: see docs/operate.md, spend.",
			s.hourly("Spend"), s.hourlyLimit(), 1,
		},
	}
}

// hourlyLimit is about seven times what an hour may cost on average, in USD.
func (s *Signaling) hourlyLimit() float64 {
	if s.props.BudgetUSD > 0 {
		return s.props.BudgetUSD / 100
	}
	return 1
}

func minutes(n float64) awscdk.Duration { return awscdk.Duration_Minutes(&n) }

// sum adds up a metric of the three functions. One that was not invoked has none, and without FILL nor had the sum.
func (s *Signaling) sum(name string, metric func(awslambda.Function, *awscloudwatch.MetricOptions) awscloudwatch.Metric) awscloudwatch.IMetric {
	using := map[string]awscloudwatch.IMetric{}
	var operands []string
	for i, f := range []awslambda.Function{s.Connect, s.Disconnect, s.Message} {
		id := fmt.Sprint(name, i+1)
		using[id] = metric(f, &awscloudwatch.MetricOptions{Statistic: jsii.String("Sum"), Period: minutes(5)})
		operands = append(operands, "FILL("+id+",0)")
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String(strings.Join(operands, " + ")), Label: &name, Period: minutes(5), UsingMetrics: &using,
	})
}

// own is one of the service's own metrics over five minutes. more are further dimensions, name and value in turns.
func (s *Signaling) own(name, statistic string, more ...string) awscloudwatch.Metric {
	dimensions := map[string]*string{"Service": awscdk.Stack_Of(s.Construct).StackName()}
	for i := 0; i < len(more); i += 2 {
		dimensions[more[i]] = &more[i+1]
	}
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(namespace), MetricName: &name, Statistic: &statistic, Period: minutes(5), DimensionsMap: &dimensions,
	})
}

func (s *Signaling) hourly(name string, more ...string) awscloudwatch.IMetric {
	return s.own(name, "Sum", more...).With(&awscloudwatch.MetricOptions{Period: minutes(60)})
}

// spends are what everything costs, and what the clients of each other protocol do. Their metrics are there only once
// somebody speaks it.
func (s *Signaling) spends() []awscloudwatch.IMetric {
	spends := []awscloudwatch.IMetric{s.hourly("Spend")}
	for _, name := range s.props.Dialects {
		if name != DialectParley {
			spends = append(spends, s.hourly("Spend", "Dialect", name))
		}
	}
	return spends
}

func (s *Signaling) addDashboard() {
	graph := func(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
		return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title: &title, Left: &metrics, Width: jsii.Number(8), Height: jsii.Number(6),
		})
	}
	latency := func(statistic string) awscloudwatch.IMetric {
		return s.own("Latency", statistic, "Action", "signal")
	}
	awscloudwatch.NewDashboard(s.Construct, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{Widgets: &[]*[]awscloudwatch.IWidget{
		{
			graph("Joins and messages", s.own("Joins", "Sum"), s.own("Relays", "Sum"), s.own("Pushes", "Sum")),
			graph("Peers in a room", s.own("RoomSize", "Average"), s.own("RoomSize", "Maximum")),
			graph("Time for a signal, ms", latency("p50"), latency("p99")),
		},
		{
			graph("What went wrong", s.own("Errors", "Sum", "Code", "internal"), s.own("Gone", "Sum"),
				s.sum("crashes", awslambda.Function.MetricErrors), s.sum("throttles", awslambda.Function.MetricThrottles)),
			graph("Connections", s.API.Metric(jsii.String("ConnectCount"), &awscloudwatch.MetricOptions{Statistic: jsii.String("Sum"), Period: minutes(5)})),
			graph("Spend an hour, USD at list price", s.spends()...),
		},
	}})
}
