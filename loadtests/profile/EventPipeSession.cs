using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace Profile;

/// <summary>Has a running .NET process write down where its threads are, a thousand times a second.</summary>
internal static class EventPipeSession
{
    private static readonly EventPipeProvider[] Providers =
    [
        new("Microsoft-DotNETCore-SampleProfiler", EventLevel.Informational),
        // The names of methods: those compiled meanwhile; the others come at the end, in the rundown.
        new("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, (long)ClrTraceEventParser.Keywords.Default),
    ];

    /// <summary>Records for a while.</summary>
    /// <returns>The file.</returns>
    public static async Task<string> RecordAsync(int processId, TimeSpan duration, string file)
    {
        var client = new DiagnosticsClient(processId);
        using var session = await client.StartEventPipeSessionAsync(Providers, requestRundown: true, circularBufferMB: 512, CancellationToken.None);
        await using var output = File.Create(file);
        var copy = session.EventStream.CopyToAsync(output);
        await Task.Delay(duration, TimeProvider.System);
        await session.StopAsync(CancellationToken.None);
        await copy;
        return file;
    }
}
