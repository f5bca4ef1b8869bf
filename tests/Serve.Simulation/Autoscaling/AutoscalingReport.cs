using System.Globalization;
using System.Text;
using Serve.Specs.Autoscaling;

namespace Serve.Simulation.Autoscaling;

/// <summary>Tries the policies with every shape and prints how they did, side by side.</summary>
internal static class AutoscalingReport
{
    /// <summary>Prints the table, and writes it to the file that is named.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        var text = Table(RunAll(seeds: 3));
        Console.Write(text);
        if (arguments is [var path])
            File.WriteAllText(path, text);
        return 0;
    }

    /// <param name="seeds">How often each trial is run, each time with other random numbers; the result is the mean.</param>
    public static IReadOnlyList<Row> RunAll(int seeds)
    {
        var trials = (from shape in LoadShape.All from policy in PoliciesFor(shape) from seed in Enumerable.Range(1, seeds) select (shape, policy, seed)).ToList();
        var results = new TrialResult[trials.Count];
        Parallel.For(0, trials.Count, i => results[i] = new SimService(trials[i].shape, trials[i].policy(), OptionsOf(trials[i].shape), trials[i].seed).Run());
        return
        [
            .. trials.Zip(results).GroupBy(pair => (pair.First.shape.Name, Policy: pair.First.policy().Name))
                .Select(group => new Row(group.Key.Name, group.Key.Policy, Average([.. group.Select(pair => pair.Second)]))),
        ];
    }

    public static string Table(IEnumerable<Row> rows)
    {
        var text = new StringBuilder("shape    policy          requests   p50 s   p95 s  over 1 s  replica-s    ideal  flaps\n");
        foreach (var (shape, policy, result) in rows)
            text.Append(CultureInfo.InvariantCulture, $"{shape,-8} {policy,-14} {result.Requests,9} {result.P50,7:0.000} {result.P95,7:0.000} {result.OverObjective,9:P1} {result.ReplicaSeconds,10:0} {result.IdealSeconds,8:0} {result.Flaps,6}\n");
        return text.ToString();
    }

    private static IEnumerable<Func<IScalingPolicy>> PoliciesFor(LoadShape shape)
    {
        var spec = SpecOf(shape);
        yield return () => new RayPolicy(spec);
        yield return () => new OurPolicy(spec);
        if (shape.Period is { } period)
            yield return () => new OurPolicy(spec with { Forecast = new ForecastOptions { Period = period, Ahead = TimeSpan.FromSeconds(10) } }, "serve+forecast");
    }

    private static AutoscalingSpec SpecOf(LoadShape shape) => new() { MinReplicas = shape.Least, MaxReplicas = 100, TargetOngoingRequests = 1 };

    /// <summary>The trial begins with the replicas that the beginning of the shape needs: what is tried is how the load is followed from there.</summary>
    private static ServiceOptions OptionsOf(LoadShape shape)
    {
        var options = new ServiceOptions { Least = shape.Least, TargetOngoing = SpecOf(shape).TargetOngoingRequests };
        return options with { First = shape.Least == 0 ? 0 : Math.Max(shape.Least, (int)Math.Ceiling(shape.Rate(0) * options.MeanServiceTime / options.TargetOngoing)) };
    }

    private static TrialResult Average(IReadOnlyList<TrialResult> results) => new(
        (int)results.Average(result => result.Requests),
        results.Average(result => result.P50),
        results.Average(result => result.P95),
        results.Average(result => result.OverObjective),
        results.Average(result => result.ReplicaSeconds),
        results.Average(result => result.IdealSeconds),
        (int)Math.Round(results.Average(result => result.Flaps)));

    internal sealed record Row(string Shape, string Policy, TrialResult Result)
    {
        /// <summary>Clients that wait for answers ask more often where they get them sooner, so that the cost is that of a request.</summary>
        public double SecondsPerRequest => Result.ReplicaSeconds / Result.Requests;
    }
}
