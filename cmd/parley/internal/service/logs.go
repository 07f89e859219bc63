package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// maxLines bounds what is read at once of one log group.
const maxLines = 1000

// Since returns what the functions have written since a time, in order.
func (s *Service) Since(ctx context.Context, t time.Time) ([]string, error) {
	type line struct {
		at   int64
		text string
	}
	var lines []line
	for _, group := range s.logGroups {
		out, err := s.logs.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: &group, StartTime: aws.Int64(t.UnixMilli()), Limit: aws.Int32(maxLines),
		})
		if err != nil {
			return nil, fmt.Errorf("read the log %s: %w", group, err)
		}
		for _, e := range out.Events {
			lines = append(lines, line{aws.ToInt64(e.Timestamp), strings.TrimSuffix(aws.ToString(e.Message), "\n")})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return int(a.at - b.at) })
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	return texts, nil
}
