using Serve.Simulation;
using Serve.Simulation.Faults;

namespace Serve.Tests.Server.Controller;

/// <summary>Random scenarios: whatever happens, no invariant breaks, and once it stops, what was asked for runs and nothing else.</summary>
public sealed class SimulationTests
{
    private static readonly SimulationOptions Options = new() { Seeds = 200 };

    [Fact]
    public void AnyFaults_TwoHundredSeeds_BreakNoInvariant()
    {
        var faults = new long[Enum.GetValues<Fault>().Length];
        SeedResult? broken = null;
        SeedRunner.Run(Options, result =>
        {
            for (var i = 0; i < faults.Length; i++)
                faults[i] += result.Faults[i];
            broken = result.Failure is null ? null : result;
            return broken is null;
        });
        (broken is null ? "" : SeedReport.Describe(broken, Options)).ShouldBe("");
        Enum.GetValues<Fault>().Where(fault => faults[(int)fault] == 0).ShouldBeEmpty("a fault that never happens proves nothing");
    }

    [Fact]
    public void Seed_RunTwice_DoesTheSame()
    {
        // The seed counts, not the thread, nor what ran on it before.
        var hashes = new Dictionary<int, ulong>();
        SeedRunner.Run(Options with { Seeds = 20 }, result => hashes.TryAdd(result.Seed, result.TraceHash));
        hashes.Values.Distinct().Count().ShouldBe(20);
        var different = new List<int>();
        SeedRunner.Run(Options with { Seeds = 20 }, result =>
        {
            if (result.TraceHash != hashes[result.Seed])
                different.Add(result.Seed);
            return true;
        });
        different.ShouldBeEmpty();
    }

    [Fact]
    public void Options_NotKnown_AreRefused()
    {
        Should.Throw<ArgumentException>(() => SimulationOptions.Parse(["--sead", "3"])).Message.ShouldContain("'--sead' is not known");
        Should.Throw<ArgumentException>(() => SimulationOptions.Parse(["--seeds", "many"])).Message.ShouldContain("--seeds needs a whole number from 1 on, not 'many'");
        Should.Throw<ArgumentException>(() => SimulationOptions.Parse(["--plant", "Rose"])).Message.ShouldContain("FreeEarly");
    }
}
