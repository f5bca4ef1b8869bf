using System.Diagnostics;
using Serve.Telemetry;

namespace Serve.Batching;

/// <summary>The span of a batch: part of the trace of its first item, with links to those of the others.</summary>
internal static class BatchTracing
{
    public static Activity? Start<TItem>(string method, IReadOnlyList<BatchItem<TItem>> items, BatchReason reason)
    {
        if (!Tracing.IsOn)
            return null;
        var links = items.Skip(1).Where(static item => item.Trace != default).Select(static item => new ActivityLink(item.Trace));
        var activity = Tracing.Source.StartActivity(SpanNames.Batch, ActivityKind.Internal, items[0].Trace, links: links);
        activity?.SetTag("serve.batch.method", method).SetTag("serve.batch.size", items.Count).SetTag("serve.batch.reason", BatchMeters.NameOf(reason));
        return activity;
    }
}
