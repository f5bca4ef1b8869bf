using Serve.Simulation;
using Serve.Simulation.Plants;
using Serve.Simulation.World;

namespace Serve.Tests.Server.Controller;

/// <summary>The simulation finds bugs that were put in on purpose, and finds none in the same seeds without them.</summary>
public sealed class PlantedBugTests
{
    [Theory]
    [InlineData(nameof(Plant.SkipFencing), "fencing")]
    [InlineData(nameof(Plant.FreeEarly), "capacity")]
    [InlineData(nameof(Plant.ForgetDraining), "settle", "capacity", "leak")]
    [InlineData(nameof(Plant.RouteToDraining), "routes")]
    [InlineData(nameof(Plant.LoseWakeup), "settle")]
    [InlineData(nameof(Plant.TrustOldIncarnation), "settle")]
    public void Simulation_PlantedBug_IsFound(string plant, params string[] invariants)
    {
        var options = SimulationOptions.Parse(["--seeds", "1000", "--plant", plant]);
        SeedResult? found = null;
        SeedRunner.Run(options, result => (found = result.Failure is null ? null : result) is null);
        found.ShouldNotBeNull();
        found.Failure.ShouldBeOfType<Violation>().Invariant.ShouldBeOneOf(invariants);
        SimulationRun.Run(found.Seed, options.Steps, options.Size).Failure.ShouldBeNull("without the bug the same seed is fine");
        SeedReport.Describe(found, options).ShouldContain($"--from {found.Seed} --seeds 1 --steps {options.Steps} --plant {plant} --trace");
    }
}
