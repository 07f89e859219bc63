package template

import "strings"

// served begin the types that localdev runs, or that need nothing on one machine.
var served = []string{
	"AWS::ApiGatewayV2::", "AWS::CDK::", "AWS::CloudFormation::", "AWS::DynamoDB::", "AWS::IAM::", "AWS::Lambda::",
	"AWS::Logs::", "AWS::Serverless::",
}

// countIgnored adds the resources that localdev makes nothing of, by their types without AWS:: in
// front.
func (s *scope) countIgnored(counts map[string]int) {
next:
	for _, r := range s.order {
		for _, prefix := range served {
			if strings.HasPrefix(r.typ, prefix) {
				continue next
			}
		}
		if r.active {
			counts[strings.TrimPrefix(r.typ, "AWS::")]++
		}
	}
}
