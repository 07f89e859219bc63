package infra_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// refusal is what CloudFormation says to a template's values before it makes anything, "" if it takes them.
func (s scope) refusal() string {
	parameters := s.doc["Parameters"].(map[string]any)
	for name := range s.values {
		if parameters[name] == nil {
			return "there is no parameter " + name
		}
	}
	for name, v := range parameters {
		parameter := v.(map[string]any)
		value, given := s.values[name]
		if !given {
			if parameter["Default"] == nil {
				return name + " has no value"
			}
			value = fmt.Sprint(parameter["Default"])
		}
		if why := s.disallowed(parameter, value); why != "" {
			return name + ": " + why
		}
	}
	rules, _ := s.doc["Rules"].(map[string]any)
	for name, v := range rules {
		rule := v.(map[string]any)
		if condition := rule["RuleCondition"]; condition != nil && !s.condition(condition) {
			continue
		}
		for _, one := range rule["Assertions"].([]any) {
			if assertion := one.(map[string]any); !s.condition(assertion["Assert"]) {
				return name + ": " + assertion["AssertDescription"].(string)
			}
		}
	}
	return ""
}

func (s scope) disallowed(parameter map[string]any, value string) string {
	s.t.Helper()
	for rule, argument := range parameter {
		fails := false
		switch rule {
		case "Default", "Description", "ConstraintDescription", "NoEcho":
		case "Type":
			if _, err := strconv.ParseFloat(value, 64); argument == "Number" {
				fails = err != nil
			}
		case "AllowedValues":
			fails = !slices.Contains(many(argument), value)
		case "AllowedPattern": // in Java's words, of which these patterns use what Go's are alike in
			fails = !regexp.MustCompile("^(?:" + argument.(string) + ")$").MatchString(value)
		case "MaxLength":
			fails = float64(utf8.RuneCountInString(value)) > argument.(float64)
		default:
			s.t.Fatalf("this test does not know %s of a parameter", rule)
		}
		if fails {
			return fmt.Sprintf("%q is against %s %v", value, rule, argument)
		}
	}
	return ""
}
