using System.Diagnostics;
using System.Globalization;
using Serve.Simulation.Faults;
using Serve.Simulation.World;

namespace Serve.Simulation;

/// <summary>Runs seeds for somebody at a terminal: progress, the first violation with the command that shows it again, a summary.</summary>
internal static class SeedReport
{
    private const int LinesOfTrace = 40;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    /// <returns>The exit code: 1 where an invariant was broken.</returns>
    public static int Run(SimulationOptions options)
    {
        var watch = Stopwatch.StartNew();
        var said = watch.Elapsed;
        var (seeds, steps, simulated) = (0, 0L, TimeSpan.Zero);
        var faults = new long[Enum.GetValues<Fault>().Length];
        SeedResult? broken = null;
        SeedRunner.Run(options, result =>
        {
            seeds++;
            steps += result.Steps;
            simulated += result.Time;
            for (var i = 0; i < faults.Length; i++)
                faults[i] += result.Faults[i];
            if (result.Failure is not null)
                broken = result;
            if (options.PrintsTrace)
                Print($"seed {result.Seed}, trace {result.TraceHash:x16}\n{string.Join('\n', result.Trace)}");
            if (watch.Elapsed - said > ProgressEvery)
            {
                said = watch.Elapsed;
                Print($"{seeds} of {options.Seeds} seeds, {seeds / watch.Elapsed.TotalSeconds:0} a second");
            }

            return broken is null;
        });
        Print($"{seeds} seeds, {steps} steps, {simulated.TotalHours:0} simulated hours in {watch.Elapsed.TotalSeconds:0.0} s");
        Print($"faults: {string.Join(", ", Enum.GetValues<Fault>().Select(fault => string.Create(CultureInfo.InvariantCulture, $"{fault} {faults[(int)fault]}")))}");
        Print($"violations: {(broken is null ? 0 : 1)}");
        if (broken is null)
            return 0;
        Print(Describe(broken, options));
        return 1;
    }

    /// <summary>What was broken, how it came to it, and how to see it again.</summary>
    public static string Describe(SeedResult broken, SimulationOptions options)
    {
        var failure = broken.Failure is Violation violation ? violation.Message : broken.Failure!.ToString();
        var size = options.Size == ClusterSize.Default ? "" : $" --nodes {options.Size.Nodes} --replicas {options.Size.Replicas}";
        var plant = options.Plant == Plants.Plant.None ? "" : $" --plant {options.Plant}";
        return $"""

            seed {broken.Seed} breaks {failure}
            the last steps:
            {string.Join('\n', broken.Trace.TakeLast(LinesOfTrace))}
            again: dotnet run --project tests/Serve.Simulation -c Release -- --from {broken.Seed} --seeds 1 --steps {options.Steps}{size}{plant} --trace
            """;
    }

    private static void Print(string text) => Console.WriteLine(text);
}
