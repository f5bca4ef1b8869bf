using System.Globalization;
using System.Text.Json;

namespace Serve.Simulation.Scale;

/// <summary>The <c>scale</c> command: measures clusters of several sizes and writes down what they cost.</summary>
internal static class ScaleReport
{
    private const string ResultFile = "loadtests/results/control-plane.json";
    private static readonly double[] Curve = [0.1, 0.25, 0.5, 1];
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var (full, file) = Parse(arguments);
        Console.WriteLine("warming up");
        await ScaleBenchmark.RunAsync(new ScaleShape(Nodes: 20, Replicas: 400, Deployments: 40, Applications: 40));
        await ScaleBenchmark.RunAsync(new ScaleShape(Nodes: 20, Replicas: 400, Deployments: 40, Applications: 1));
        var costs = new List<ScaleCost>();
        foreach (var isOneApplication in new[] { false, true })
        {
            foreach (var share in Curve)
            {
                var deployments = Share(full.Deployments, share);
                var shape = new ScaleShape(Share(full.Nodes, share), Share(full.Replicas, share), deployments, isOneApplication ? 1 : deployments);
                costs.Add(await ScaleBenchmark.RunAsync(shape));
                Print(costs[^1]);
            }
        }

        Write(file, string.Join(' ', ["scale", .. arguments]), costs);
        return 0;
    }

    private static int Share(int number, double share) => Math.Max(1, (int)(number * share));

    private static (ScaleShape Full, string File) Parse(IReadOnlyList<string> arguments)
    {
        var (shape, file) = (new ScaleShape(Nodes: 1000, Replicas: 10_000, Deployments: 1000, Applications: 1), ResultFile);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var value = arguments.ElementAtOrDefault(i + 1);
            if (arguments[i] == "--out" && value is not null)
            {
                file = value;
                continue;
            }

            if (!int.TryParse(value, CultureInfo.InvariantCulture, out var number) || number < 1)
                throw new ArgumentException($"{arguments[i]} needs a whole number from 1 on, not '{value}'.", nameof(arguments));
            shape = arguments[i] switch
            {
                "--nodes" => shape with { Nodes = number },
                "--replicas" => shape with { Replicas = number },
                "--deployments" => shape with { Deployments = number },
                _ => throw new ArgumentException($"'{arguments[i]}' is not known; scale has --nodes, --replicas, --deployments and --out.", nameof(arguments)),
            };
        }

        return (shape, file);
    }

    private static void Print(ScaleCost cost)
    {
        Console.WriteLine($"{cost.Shape}; {cost.HeapMib.ToString(CultureInfo.InvariantCulture)} MiB");
        foreach (var phase in cost.Phases)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {phase.Phase,-7} {phase.Steps.Count,7} steps: p50 {phase.Steps.P50Ms:0.000} ms, p99 {phase.Steps.P99Ms:0.000} ms, max {phase.Steps.MaxMs:0.0} ms; {phase.Turns.Count,4} turns: p99 {phase.Turns.P99Ms:0.0} ms, max {phase.Turns.MaxMs:0.0} ms; {phase.StoreBytes / 1e6:0.0} MB in {phase.StoreKeys} keys; {phase.AllocatedBytes / 1e6:0} MB allocated"));
        }
    }

    private static void Write(string file, string command, IReadOnlyList<ScaleCost> costs)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024.0 / 1024 / 1024;
        var result = new
        {
            Date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Command = $"dotnet run --project tests/Serve.Simulation -c Release -- {command}",
            Machine = new { Cores = Environment.ProcessorCount, MemoryGib = Math.Round(memory, 1), Os = Environment.OSVersion.VersionString, Runtime = Environment.Version.ToString() },
            Costs = costs,
        };
        File.WriteAllText(file, JsonSerializer.Serialize(result, Json) + "\n");
        Console.WriteLine($"written to {file}");
    }
}
