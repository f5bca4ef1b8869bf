using Serve.Server.Controller;
using Serve.Server.Node.Resources;
using Serve.Server.Store.Records;
using Serve.Specs;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Node.Resources;

public sealed class WorkerSharesTests
{
    private static readonly DesiredReplica Plain = AReplica(1, ReplicaPhase.Starting).Desired with { CpuUnits = 0 };

    [Fact]
    public void Environment_NothingReserved_SaysNothingButThatThereIsNoGpu()
    {
        var environment = Of(Plain);
        environment["CUDA_VISIBLE_DEVICES"].ShouldBe("");
        environment.Keys.ShouldBe(["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"], ignoreOrder: true);
    }

    [Fact]
    public void Environment_Gpus_AreThoseThatCudaKnowsByTheServersNames() =>
        Of(Plain with { Gpus = [2, 0], GpuUnits = ResourceAmount.UnitsPerOne })["CUDA_VISIBLE_DEVICES"].ShouldBe("GPU-a,GPU-c");

    [Theory]
    [InlineData(0.5, "1", "4", "0.5")]
    [InlineData(1, "1", "4", "1")]
    [InlineData(2.5, "3", "4", "2.5")]
    [InlineData(12, "12", "c", "12")]
    [InlineData(100, "16", "10", "100")]
    public void Environment_Cpus_SetProcessorsAndThreads(double cpus, string processors, string threads, string share)
    {
        var environment = Of(Plain with { CpuUnits = ResourceAmount.From(cpus).Units });
        environment["DOTNET_PROCESSOR_COUNT"].ShouldBe(processors);
        environment["DOTNET_ThreadPool_ForceMinWorkerThreads"].ShouldBe(threads);
        environment["SERVE_CPUS"].ShouldBe(share);
    }

    [Fact]
    public void Environment_Memory_BoundsTheHeapByThreeQuarters() =>
        Of(Plain with { MemoryUnits = ResourceAmount.From(1 << 30).Units })["DOTNET_GCHeapHardLimit"].ShouldBe("30000000");

    [Fact]
    public void Environment_UserSetsAVariable_TheUsersWins()
    {
        var environment = Of(Plain with
        {
            CpuUnits = ResourceAmount.UnitsPerOne,
            EnvVars = new Dictionary<string, string> { ["DOTNET_PROCESSOR_COUNT"] = "7", ["CUDA_VISIBLE_DEVICES"] = "0,1,2" },
        });
        environment.Keys.ShouldNotContain("DOTNET_PROCESSOR_COUNT");
        environment["CUDA_VISIBLE_DEVICES"].ShouldBe("", "GPUs belong to those who reserved them");
    }

    [Fact]
    public void Environment_PlacementGroup_CountsTheBundlesOnThisNode()
    {
        var environment = Of(Plain with
        {
            CpuUnits = ResourceAmount.UnitsPerOne,
            Reserves =
            [
                new ReservedBundle { Node = "node1", CpuUnits = ResourceAmount.UnitsPerOne, GpuUnits = ResourceAmount.UnitsPerOne, Gpus = [1] },
                new ReservedBundle { Node = "node2", CpuUnits = ResourceAmount.UnitsPerOne, GpuUnits = ResourceAmount.UnitsPerOne, Gpus = [2] },
            ],
        });
        environment["DOTNET_PROCESSOR_COUNT"].ShouldBe("2");
        environment["CUDA_VISIBLE_DEVICES"].ShouldBe("GPU-b");
    }

    private static IReadOnlyDictionary<string, string> Of(DesiredReplica desired) => WorkerShares.Environment(desired, "node1", ["GPU-a", "GPU-b", "GPU-c"], machineCpus: 16);
}
