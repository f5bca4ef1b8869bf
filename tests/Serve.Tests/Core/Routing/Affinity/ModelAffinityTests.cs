using Serve.Routing;

namespace Serve.Tests.Core.Routing.Affinity;

public sealed class ModelAffinityTests : RouterTestBase
{
    [Fact]
    public async Task Acquire_ModelThatIsHeld_GoesToAHolder()
    {
        var replicas = Use(replicas: 10, maxOngoing: 100);
        replicas[3].OnModels(["a", "b"]);
        replicas[7].OnModels(["a"]);
        var picks = await PickAsync("a", 100);
        picks.Distinct().ShouldBe([replicas[3], replicas[7]], ignoreOrder: true);
        picks.Count(replica => replica == replicas[3]).ShouldBeInRange(45, 55);
        (await PickAsync("b", 20)).ShouldAllBe(replica => replica == replicas[3]);
    }

    [Fact]
    public async Task Acquire_ModelThatNobodyHolds_GoesToTheReplicaWithTheFewestModelsAndStaysThere()
    {
        var replicas = Use(replicas: 3, maxOngoing: 100);
        replicas[0].OnModels(["a", "b"]);
        replicas[1].OnModels(["c"]);
        replicas[2].OnModels(["d", "e", "f"]);
        (await PickAsync("new", 10)).ShouldAllBe(replica => replica == replicas[1]);
    }

    [Fact]
    public async Task Acquire_ManyNewModels_SpreadOverTheReplicas()
    {
        var replicas = Use(replicas: 4, maxOngoing: 100);
        for (var i = 0; i < 20; i++)
            await PickAsync($"m{i}", 1);
        replicas.ShouldAllBe(replica => replica.ModelCount == 5);
    }

    [Fact]
    public async Task Acquire_HoldersAreFull_AnotherLoadsTheModel()
    {
        var replicas = Use(replicas: 3, maxOngoing: 2);
        replicas[0].OnModels(["a"]);
        var picks = await PickAsync("a", 4);
        picks.Take(2).ShouldAllBe(replica => replica == replicas[0]);
        picks[2].ShouldNotBe(replicas[0]);
        picks[3].ShouldBe(picks[2]);
    }

    [Fact]
    public async Task OnModels_ModelWasUnloaded_IsNotAskedForItAnyMore()
    {
        var replicas = Use(replicas: 2, maxOngoing: 100);
        replicas[0].OnModels(["a"]);
        replicas[0].OnModels(["b"]);
        replicas[1].OnModels(["a"]);
        (await PickAsync("a", 10)).ShouldAllBe(replica => replica == replicas[1]);
    }

    [Fact]
    public async Task OnModels_ReplicaDidNotLoadWhatItWasGiven_IsGuessedToHoldItForAWhileOnly()
    {
        var replicas = Use(replicas: 2, maxOngoing: 100);
        var first = (await PickAsync("a", 1)).Single();
        first.OnModels([]);
        (await PickAsync("a", 5)).ShouldAllBe(replica => replica == first);
        Clock.Advance(TimeSpan.FromMinutes(1));
        first.OnModels([]);
        replicas.ShouldAllBe(replica => replica.ModelCount == 0);
    }

    [Fact]
    public async Task Update_HolderIsGone_AnotherLoadsTheModel()
    {
        var replicas = Use(replicas: 2, maxOngoing: 100);
        replicas[0].OnModels(["a"]);
        Router.Update(Router.Replicas with { Replicas = [replicas[1]] });
        (await PickAsync("a", 5)).ShouldAllBe(replica => replica == replicas[1]);
    }

    [Fact]
    public async Task Update_ReplicaSpokeBeforeItWasInUse_ItsModelsAreKnown()
    {
        var replicas = new[] { new FakeReplica("a"), new FakeReplica("b"), new FakeReplica("c") };
        replicas[1].OnModels(["m"]);
        Router.Update(new ReplicaSet([.. replicas], 100, -1, UnavailableReason: null));
        (await PickAsync("m", 5)).ShouldAllBe(replica => replica == replicas[1]);
    }

    [Fact]
    public async Task Release_FirstInLineWantsAnotherModel_TheNextThatFitsGoesFirstForAWhile()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1);
        replicas[0].OnModels(["a"]);
        replicas[1].OnModels(["b"]);
        var onA = await AcquireAsync("a");
        var onB = await AcquireAsync("b");
        var wantsB = AcquireAsync("b");
        var wantsA = AcquireAsync("a");
        onA.Dispose();
        onA = await Soon(wantsA);
        wantsB.IsCompleted.ShouldBeFalse();

        // Nobody else can use the slot: the model is loaded a second time rather than let it lie idle.
        onA.Dispose();
        (await Soon(wantsB)).Replica.ShouldBe(replicas[0]);
        onB.Replica.ShouldBe(replicas[1]);
    }

    [Fact]
    public async Task Release_FirstInLineHasWaitedLong_IsNotPassedAnyMore()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1);
        replicas[0].OnModels(["a"]);
        replicas[1].OnModels(["b"]);
        var onA = await AcquireAsync("a");
        await AcquireAsync("b");
        var wantsB = AcquireAsync("b");
        var wantsA = AcquireAsync("a");
        Clock.Advance(TimeSpan.FromSeconds(1.1));
        onA.Dispose();
        (await Soon(wantsB)).Replica.ShouldBe(replicas[0]);
        wantsA.IsCompleted.ShouldBeFalse();
    }

    private Task<ReplicaLease> AcquireAsync(string model) => Router.AcquireAsync(new PickRequest { ModelId = model }, CancellationToken.None).AsTask();

    private async Task<List<ReplicaEntry>> PickAsync(string model, int count)
    {
        var picks = new List<ReplicaEntry>();
        for (var i = 0; i < count; i++)
            picks.Add((await AcquireAsync(model)).Replica);
        return picks;
    }
}
