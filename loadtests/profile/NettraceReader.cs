using Microsoft.Diagnostics.Tracing.Etlx;

namespace Profile;

/// <summary>Reads the samples of a .nettrace file.</summary>
internal static class NettraceReader
{
    private const string Provider = "Microsoft-DotNETCore-SampleProfiler";

    public static SampleTable Read(string file)
    {
        var converted = TraceLog.CreateFromEventPipeDataFile(file);
        try
        {
            var table = new SampleTable();
            var stack = new List<Frame>();
            using var trace = new TraceLog(converted);
            foreach (var sample in trace.Events.Where(traceEvent => traceEvent.ProviderName == Provider))
            {
                stack.Clear();
                for (var call = sample.CallStack(); call is not null; call = call.Caller)
                {
                    if (call.CodeAddress.FullMethodName.Length > 0)
                        stack.Add(FrameOf(call.CodeAddress));
                }

                table.Add(stack);
            }

            return table;
        }
        finally
        {
            File.Delete(converted);
        }
    }

    private static Frame FrameOf(TraceCodeAddress address)
    {
        var name = address.FullMethodName;
        var arguments = name.IndexOf('(', StringComparison.Ordinal);
        return Frame.OfManaged(address.ModuleName, arguments < 0 ? name : name[..arguments]);
    }
}
