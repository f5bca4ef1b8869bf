using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Load.Models;

/// <summary>What a loop measured.</summary>
/// <param name="RequestsPerSecond">Runs.</param>
/// <param name="P50Ms">The median time of a run, in milliseconds.</param>
/// <param name="P99Ms">The time that one run of a hundred exceeds, in milliseconds.</param>
/// <param name="Errors">Runs that failed: none, since the first would end it.</param>
internal sealed record DirectResult(double RequestsPerSecond, double P50Ms, double P99Ms, long Errors);

/// <summary>
/// Callers that each run a model over and over, with a thread each and the engine with one for each run, as the served models have: what the server in front of the engine is measured against.
/// The input lies there already; an output is looked at and given back.
/// </summary>
internal sealed class DirectLoop(string model, string input, long[] shape) : IDisposable
{
    private readonly InferenceSession _session = new(model, new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 });

    public void Dispose() => _session.Dispose();

    public DirectResult Run(int callers, TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var latencies = Enumerable.Range(0, callers).Select(_ => new LatencyHistogram()).ToArray();
        var threads = latencies.Select(latency => new Thread(() => Call(latency, end))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        var elapsed = Stopwatch.GetElapsedTime(start);
        var all = new LatencyHistogram();
        foreach (var latency in latencies)
            all.Add(latency);
        return new DirectResult(all.Count / elapsed.TotalSeconds, all.Milliseconds(0.5), all.Milliseconds(0.99), 0);
    }

    private void Call(LatencyHistogram latencies, long end)
    {
        using var options = new RunOptions();
        using var value = OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate(1L, (product, dimension) => product * dimension)], shape);
        var inputs = new Dictionary<string, OrtValue>(StringComparer.Ordinal) { [input] = value };
        for (var start = Stopwatch.GetTimestamp(); start < end; start = Stopwatch.GetTimestamp())
        {
            using var outputs = _session.Run(options, inputs, _session.OutputNames);
            if (outputs[0].GetTensorDataAsSpan<float>().IsEmpty)
                throw new InvalidOperationException($"'{model}' gave nothing.");
            latencies.Add(Stopwatch.GetElapsedTime(start));
        }
    }
}
