package app

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/signaling"
)

// defaultService is the metrics' dimension where neither SERVICE nor the function's name says one.
const defaultService = "parley"

func (c *Config) parseMetrics(env func(string) string) error {
	switch v := env("METRICS"); v {
	case "", "on":
		c.Metrics = true
	case "off":
	default:
		return fmt.Errorf("METRICS=%q: want on or off", v)
	}
	c.Service = env("SERVICE")
	if c.Service == "" {
		c.Service = stackOf(env("AWS_LAMBDA_FUNCTION_NAME"))
	}
	if len(c.Service) > 255 { // what CloudWatch takes as a dimension's value
		return fmt.Errorf("SERVICE is %d characters long: want at most 255", len(c.Service))
	}
	if v := env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return fmt.Errorf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%q: want a number of MB", v)
		}
		c.MemoryMB = n
	}
	if v := env("BUDGET_USD"); v != "" {
		usd, err := strconv.ParseFloat(v, 64)
		if err != nil || usd < 0 || math.IsNaN(usd) || math.IsInf(usd, 0) {
			return fmt.Errorf("BUDGET_USD=%q: want US dollars a month, such as 20 or 7.50; 0 or nothing is no limit", v)
		}
		c.BudgetUSD = usd
	}
	return nil
}

// stackOf returns the stack in a function's name such as stack-MessageFunction-1A2B3C.
func stackOf(function string) string {
	for _, part := range []string{"-Connect", "-Disconnect", "-Message"} {
		if stack, _, found := strings.Cut(function, part); found && stack != "" {
			return stack
		}
	}
	return defaultService
}

// meter returns what the handler does with the figures of its events.
func (c Config) meter(guard *metrics.Guard) gateway.Meter {
	m := gateway.Meter{MemoryMB: c.MemoryMB, Guard: guard}
	if c.Metrics {
		m.Service = c.Service
	}
	return m
}

// guard returns the guard of the month's budget, nil if there is no limit.
func (c Config) guard(ledger signaling.Ledger) *metrics.Guard {
	if c.BudgetUSD == 0 {
		return nil
	}
	return metrics.NewGuard(ledger, c.BudgetUSD)
}
