using System.Globalization;
using System.Text.Json;
using Serve.Specs.Autoscaling;

namespace Serve.Simulation.Autoscaling;

/// <summary>Tries the policies with every shape and prints how they did, side by side.</summary>
internal static class AutoscalingReport
{
    private static readonly int[] Seeds = [1, 2, 3];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static int Run(IReadOnlyList<string> arguments)
    {
        var rows = RunAll();
        Console.WriteLine("shape   policy  requests   p50 s   p95 s  over 1 s  replica-s   ideal  flaps");
        foreach (var row in rows)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Shape,-7} {row.Policy,-6} {row.Result.Requests,9} {row.Result.P50,7:0.00} {row.Result.P95,7:0.00} {row.Result.OverObjective,9:P1} {row.Result.ReplicaSeconds,10:0} {row.Result.IdealSeconds,7:0} {row.Result.Flaps,6}"));
        if (arguments is ["--json", var path])
            File.WriteAllText(path, JsonSerializer.Serialize(rows, Json));
        return 0;
    }

    public static IReadOnlyList<Row> RunAll() =>
    [
        .. from shape in LoadShape.All
           let spec = SpecOf(shape)
           from policy in new Func<IScalingPolicy>[] { () => new RayPolicy(spec), () => new OurPolicy(spec) }
           select new Row(shape.Name, policy().Name, Average([.. Seeds.Select(seed => new SimService(shape, policy(), OptionsOf(spec), seed).Run())])),
    ];

    private static AutoscalingSpec SpecOf(LoadShape shape) => new() { MinReplicas = shape.Name == "rare" ? 0 : 1, MaxReplicas = 100, TargetOngoingRequests = 1 };

    private static ServiceOptions OptionsOf(AutoscalingSpec spec) => new() { First = Math.Max(spec.MinReplicas, 0), Least = spec.MinReplicas, TargetOngoing = spec.TargetOngoingRequests };

    private static TrialResult Average(IReadOnlyList<TrialResult> results) => new(
        (int)results.Average(result => result.Requests),
        results.Average(result => result.P50),
        results.Average(result => result.P95),
        results.Average(result => result.OverObjective),
        results.Average(result => result.ReplicaSeconds),
        results.Average(result => result.IdealSeconds),
        (int)Math.Round(results.Average(result => result.Flaps)));

    internal sealed record Row(string Shape, string Policy, TrialResult Result);
}
