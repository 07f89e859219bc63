package template

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// invented are the values of resources that localdev does not run, in the form that AWS gives them,
// as SDKs look at it: by attribute, "" is Ref. {arn:X} is an ARN of service X; {9} are nine letters
// and digits, the same each time.
var invented = map[string]map[string]string{
	"AWS::ApiGateway::RestApi":      {"": "{10}", "RootResourceId": "{10}"},
	"AWS::CloudFront::Distribution": {"": "E{13}", "Id": "E{13}", "DomainName": "d{13}.cloudfront.net"},
	"AWS::Cognito::IdentityPool":    {"": "{region}:{uuid}", "Name": "{name}"},
	"AWS::Cognito::UserPool": {
		"": "{region}_{9}", "UserPoolId": "{region}_{9}", "Arn": "{arn:cognito-idp}userpool/{region}_{9}",
		"ProviderName": "cognito-idp.{region}.amazonaws.com/{region}_{9}",
		"ProviderURL":  "https://cognito-idp.{region}.amazonaws.com/{region}_{9}",
	},
	"AWS::Cognito::UserPoolClient": {"": "{26}", "ClientId": "{26}"},
	"AWS::Events::EventBus":        {"Arn": "{arn:events}event-bus/{name}", "Name": "{name}"},
	"AWS::KMS::Key":                {"": "{uuid}", "KeyId": "{uuid}", "Arn": "{arn:kms}key/{uuid}"},
	"AWS::Kinesis::Stream":         {"Arn": "{arn:kinesis}stream/{name}"},
	"AWS::Logs::LogGroup":          {"Arn": "{arn:logs}log-group:{name}:*"},
	"AWS::S3::Bucket": {
		"": "{lower}", "Arn": "arn:{partition}:s3:::{lower}", "DomainName": "{lower}.s3.{suffix}",
		"RegionalDomainName": "{lower}.s3.{region}.{suffix}", "WebsiteURL": "http://{lower}.s3-website-{region}.{suffix}",
	},
	"AWS::SNS::Topic":     {"": "{arn:sns}{name}", "TopicArn": "{arn:sns}{name}", "TopicName": "{name}"},
	"AWS::SQS::Queue":     {"": "{queue}", "QueueUrl": "{queue}", "Arn": "{arn:sqs}{name}", "QueueName": "{name}"},
	"AWS::SSM::Parameter": {},
	"AWS::SecretsManager::Secret": {
		"": "{arn:secretsmanager}secret:{name}-{6}", "Id": "{arn:secretsmanager}secret:{name}-{6}",
	},
	"AWS::Serverless::Api":     {"": "{10}", "RootResourceId": "{10}"},
	"AWS::Serverless::HttpApi": {"": "{10}"},
	"AWS::Serverless::StateMachine": {
		"": "{arn:states}stateMachine:{name}", "Arn": "{arn:states}stateMachine:{name}", "Name": "{name}",
	},
	"AWS::StepFunctions::StateMachine": {
		"": "{arn:states}stateMachine:{name}", "Arn": "{arn:states}stateMachine:{name}", "Name": "{name}",
	},
}

// invent returns the value of a resource that localdev does not run: an attribute, or its Ref for
// "".
func (r *resource) invent(attr string) string {
	r.shown = r.shown || r.scope.showing
	name := r.physicalName()
	if form, known := invented[r.typ][attr]; known {
		return r.form(form, name)
	}
	switch {
	case attr == "":
		return name
	case strings.HasSuffix(attr, "Arn"):
		return r.scope.arn(strings.ToLower(r.word()), name)
	}
	return name + "-" + strings.ReplaceAll(attr, ".", "-")
}

func (r *resource) form(form, name string) string {
	s := r.scope
	sum := sha256.Sum256([]byte(s.opt.StackName + "\x00" + r.id))
	pairs := []string{
		"{name}", name, "{lower}", strings.ToLower(name), "{region}", s.opt.Region,
		"{partition}", s.partition(), "{suffix}", s.suffix(),
		"{uuid}", fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]),
		"{queue}", "https://sqs." + s.opt.Region + "." + s.suffix() + "/" + s.account + "/" + name,
	}
	for _, n := range []int{6, 9, 10, 13, 26} {
		pairs = append(pairs, fmt.Sprintf("{%d}", n), hash(n, s.opt.StackName, r.id))
	}
	for _, service := range strings.Fields("cognito-idp events kinesis kms logs secretsmanager sns sqs states") {
		pairs = append(pairs, "{arn:"+service+"}", s.arn(service, ""))
	}
	return strings.NewReplacer(pairs...).Replace(form)
}

// word is the service in a resource's type, e.g. Cognito.
func (r *resource) word() string { return strings.Split(r.typ+"::", "::")[1] }

// noteInvented tells once which values that functions are given were made up.
func (s *scope) noteInvented() {
	var names, services []string
	var first *resource
	for _, r := range s.order {
		if !r.shown || unserved[r.typ] != "" {
			continue
		}
		if first == nil {
			first = r
		}
		names = append(names, r.id)
		if !slices.Contains(services, r.word()) {
			services = append(services, r.word())
		}
	}
	if first == nil {
		return
	}
	n := noticeOf(strings.Join(names, ", "), faultf(first.at, "localdev does not run these: functions get "+
		"made-up values for them, and calls to %s go to AWS", strings.Join(services, ", ")))
	s.notices = append(s.notices, n)
}
