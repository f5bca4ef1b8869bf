using System.Diagnostics;

namespace Serve.Testing;

/// <summary>Catches the spans that this process ends. Tests run side by side: each looks at its own trace.</summary>
public static class Spans
{
    /// <param name="spans">Where they go, in the order in which they end.</param>
    public static ActivityListener Listen(List<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Serve",
            Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                lock (spans)
                    spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>Those of one trace, in the order in which they ended.</summary>
    public static IReadOnlyList<Activity> Of(List<Activity> spans, string trace)
    {
        lock (spans)
            return [.. spans.Where(span => span.TraceId.ToHexString() == trace)];
    }
}
