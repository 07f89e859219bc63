package infra_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/parley-rtc/parley/infra"
	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/door"
)

// TestWhatTheFunctionsRefuseIsNotDeployed tries each setting on those who read it: the functions as they start, the CDK's
// app as it synthesises, and CloudFormation with the parameters and rules of SAM's template.
func TestWhatTheFunctionsRefuseIsNotDeployed(t *testing.T) {
	sam := samTemplate(t)
	tried := map[string]map[bool]bool{} // by setting and parameter: in a good trial, in a bad one
	note := func(name string, good bool) {
		if tried[name] == nil {
			tried[name] = map[bool]bool{}
		}
		tried[name][good] = true
	}
	for _, trial := range trials {
		context, values := map[string]any{"auth": "none"}, map[string]string{"Auth": "none"}
		for i := 0; i < len(trial.set); i += 2 {
			context[trial.set[i]] = trial.set[i+1]
			name, value := parameter(trial.set[i], trial.set[i+1])
			values[name] = value
			note(trial.set[i], trial.good)
			note(name, trial.samTakes != "" || trial.good && trial.samRefuses == "")
		}
		s := scope{t, sam, values}
		for _, one := range []struct {
			who, says string
			good      bool
			reason    string // why that is not what the others say
		}{
			{"the CDK's app", readByCDK(context), trial.good, ""},
			{"CloudFormation, of SAM's template,", s.refusal(), trial.samTakes != "" || trial.good && trial.samRefuses == "", trial.samRefuses + trial.samTakes},
			{
				"a function", startFunctions(t, s), trial.functionsTake != "" || trial.good && trial.functionsFail == "",
				trial.functionsTake + trial.functionsFail,
			},
		} {
			if got := one.says == ""; got != one.good {
				t.Errorf("%.200q: %s says %q, want good %v %s", trial.set, one.who, one.says, one.good, one.reason)
			}
		}
	}
	for name := range sam["Parameters"].(map[string]any) {
		if !tried[name][true] || !tried[name][false] {
			t.Errorf("the parameter %s is not tried, or not with a good and a bad value", name)
		}
	}
	for _, name := range infra.SettingKeys() {
		if !slices.Contains(ofTheCDK, name) && (!tried[name][true] || !tried[name][false]) {
			t.Errorf("the setting %s is not tried, or not with a good and a bad value", name)
		}
	}
}

// ofTheCDK are the settings that neither SAM's template nor the functions have. TestWrongSettingsAreNamed is for them.
var ofTheCDK = strings.Fields(`stack account region tags domainName certificateArn hostedZoneId zoneName accessLog accountRole retain
	alarms alarmEmail`)

// startFunctions returns why functions/connect, or another one, does not start with the variables of the template, "" if
// they do.
func startFunctions(t *testing.T, s scope) string {
	t.Helper()
	with := func(variables map[string]any) (*app.App, error) {
		return app.New(func(name string) string {
			if name == "AWS_REGION" {
				return "us-east-1"
			}
			return strings.ReplaceAll(s.text(variables[name]), "[MessageFunction]", "parley-MessageFunction-1A2B3C")
		})
	}
	if _, err := with(variablesOf(s, "MessageFunction")); err != nil {
		return err.Error()
	}
	a, err := with(variablesOf(s, "ConnectFunction"))
	if err == nil && a.Config.Auth.SecretParameter == "" { // that is SSM's to say
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err = door.Open(ctx, a, nil)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// readByCDK returns why the CDK's app does not synthesise, "" if it does.
func readByCDK(given map[string]any) string {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &given, AnalyticsReporting: jsii.Bool(false)})
	if _, err := infra.FromContext(app); err != nil {
		return err.Error()
	}
	return ""
}
