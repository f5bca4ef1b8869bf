using System.Diagnostics;
using Load;

namespace Serve.Benchmarks;

/// <summary>
/// Calls between two processes over the hop and nothing else (no handle, no payload, no gate), against HttpClient over HTTP/2 on a unix socket; rounds interleaved.
/// The peer is this program again, with <see cref="PeerVerb"/>.
/// </summary>
internal static class HopBenchmark
{
    public const string PeerVerb = "hop-peer";

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <param name="seconds">The length of each measurement.</param>
    /// <param name="rounds">How many of each; the median counts.</param>
    /// <param name="sizes">The bytes of the payloads.</param>
    /// <param name="callers">How many calls at the same time.</param>
    public static async Task RunAsync(double seconds, int rounds, IReadOnlyList<int> sizes, IReadOnlyList<int> callers)
    {
        var folder = Directory.CreateTempSubdirectory("serve-hop-").FullName;
        using var peer = StartPeer(folder);
        try
        {
            if (await peer.StandardOutput.ReadLineAsync() is null)
                throw new InvalidOperationException("The peer did not start.");
            await MeasureAsync(folder, TimeSpan.FromSeconds(seconds), rounds, sizes, callers);
        }
        finally
        {
            peer.StandardInput.Close(); // it ends at the end of its input
            await peer.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(string folder, TimeSpan duration, int rounds, IReadOnlyList<int> sizes, IReadOnlyList<int> concurrencies)
    {
        await using var hop = new HopCaller(HopPeer.HopSocket(folder));
        using var http2 = new Http2Caller(HopPeer.Http2Socket(folder));
        foreach (var bytes in sizes)
        {
            var payload = new byte[bytes];
            await ClosedLoop.RunAsync(32, WarmUp, _ => hop.CallAsync(payload));
            await ClosedLoop.RunAsync(32, WarmUp, _ => http2.CallAsync(payload));
            foreach (var callers in concurrencies)
            {
                var hops = new List<Measured>();
                var https = new List<Measured>();
                for (var round = 0; round < rounds; round++)
                {
                    hops.Add(await ClosedLoop.RunAsync(callers, duration, _ => hop.CallAsync(payload)));
                    https.Add(await ClosedLoop.RunAsync(callers, duration, _ => http2.CallAsync(payload)));
                }

                Print($"{bytes,6} B c={callers,-4}", Median(hops), Median(https));
            }
        }
    }

    private static Measured Median(List<Measured> rounds) => rounds.OrderBy(round => round.Rate).ElementAt(rounds.Count / 2);

    private static void Print(string name, Measured hop, Measured http2)
    {
        Console.WriteLine($"{name} hop    {hop.Rate,8:0}/s  p50 {hop.P50Ms:0.000} ms  p99 {hop.P99Ms:0.000} ms  {hop.FirstError}");
        Console.WriteLine($"{name} HTTP/2 {http2.Rate,8:0}/s  p50 {http2.P50Ms:0.000} ms  p99 {http2.P99Ms:0.000} ms  {http2.FirstError}  hop is {hop.Rate / http2.Rate:0.00} of it, p50 {hop.P50Ms / http2.P50Ms:0.00}");
    }

    private static Process StartPeer(string folder)
    {
        var self = Environment.ProcessPath!;
        var start = new ProcessStartInfo(self) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
            start.ArgumentList.Add(typeof(HopBenchmark).Assembly.Location);
        start.ArgumentList.Add(PeerVerb);
        start.ArgumentList.Add(folder);
        return Process.Start(start)!;
    }
}
