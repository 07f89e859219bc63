package infra_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// CloudWatch charges for each metric that an alarm reads.
func TestTheDocumentHasThePriceOfTheAlarms(t *testing.T) {
	metrics, alarms := 0, 0
	for _, v := range template(t, map[string]any{"auth": "none", "alarms": "true"}).resources() {
		resource := v.(map[string]any)
		if resource["Type"] != "AWS::CloudWatch::Alarm" {
			continue
		}
		alarms++
		read := 0
		list, _ := resource["Properties"].(map[string]any)["Metrics"].([]any)
		for _, one := range list {
			if one.(map[string]any)["MetricStat"] != nil {
				read++
			}
		}
		metrics += max(read, 1) // without a list it names its one
	}
	price := fmt.Sprintf("$%.2f", 0.10*float64(metrics))
	if alarms != 5 || metrics != 9 {
		t.Errorf("got %d alarms that read %d metrics, want 5 and 9", alarms, metrics)
	}
	for file, want := range map[string]string{"../docs/deploy.md": "for each and month " + price, "props.go": "about " + price + " a month"} {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}
