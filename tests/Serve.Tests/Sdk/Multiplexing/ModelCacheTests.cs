using Serve.Replica;
using Serve.Testing;
using Serve.Tests.Sdk.Batching;

namespace Serve.Tests.Sdk.Multiplexing;

public sealed class ModelCacheTests
{
    private readonly Shelf _shelf = new();

    [Fact]
    public async Task Get_SameModelAgain_IsLoadedOnce()
    {
        await _shelf.UseAsync("a");
        await _shelf.UseAsync("a");
        _shelf.Log.ShouldBe(["load a"]);
    }

    [Fact]
    public async Task Get_ThirdModelOfTwoPlaces_UnloadsTheOneUsedLeastRecently()
    {
        await _shelf.UseAsync("a");
        await _shelf.UseAsync("b");
        await _shelf.UseAsync("a");
        await _shelf.UseAsync("c");
        _shelf.Log.ShouldBe(["load a", "load b", "unload b", "load c"]);
    }

    [Fact]
    public async Task Get_ManyAtOnce_LoadOneModelOnceAndDifferentOnesAtTheSameTime()
    {
        _shelf.IsSlow = true;
        var all = Enumerable.Range(0, 20).Select(number => _shelf.GetAsync(number % 2 == 0 ? "a" : "b")).ToList();
        var (a, b) = (await _shelf.LoadOfAsync("a"), await _shelf.LoadOfAsync("b"));
        a.Go.SetResult();
        b.Go.SetResult();
        var leases = await Task.WhenAll(all).WaitAsync(Eventually.Patience);
        leases.Select(lease => lease.Model).Distinct().Count().ShouldBe(2);
        _shelf.Loads.ShouldBe(2);
    }

    [Fact]
    public async Task Get_ModelThatHasToGoIsStillInUse_StaysUntilItsUsersAreDone()
    {
        var (a1, a2) = (await _shelf.GetAsync("a"), await _shelf.GetAsync("a"));
        var b = await _shelf.GetAsync("b");
        var waiting = _shelf.GetAsync("c");
        a1.Dispose();
        a1.Dispose();
        a2.Model.Id.ShouldBe("a");
        waiting.IsCompleted.ShouldBeFalse();
        a2.Dispose();
        using var c = await waiting.WaitAsync(Eventually.Patience);
        b.Model.Id.ShouldBe("b");
    }

    [Fact]
    public async Task Get_ModelsAlwaysInUse_DoNotKeepAnotherOutForEver()
    {
        var (a, b) = (await _shelf.GetAsync("a"), await _shelf.GetAsync("b"));
        var c = _shelf.GetAsync("c");
        // Who comes for a now waits until it is loaded again, rather than keep it busy.
        var again = _shelf.GetAsync("a");
        a.Dispose();
        (await c.WaitAsync(Eventually.Patience)).Model.Id.ShouldBe("c");
        again.IsCompleted.ShouldBeFalse();
        b.Dispose();
        (await again.WaitAsync(Eventually.Patience)).Model.Id.ShouldBe("a");
        _shelf.Log.ShouldBe(["load a", "load b", "unload a", "load c", "unload b", "load a"]);
    }

    [Fact]
    public async Task Get_LoadFails_EachWhoWaitsGetsTheCauseAndTheNextTriesAgain()
    {
        _shelf.IsSlow = true;
        var waiting = new[] { _shelf.GetAsync("a"), _shelf.GetAsync("a") };
        (await _shelf.LoadOfAsync("a")).Go.SetException(new FormatException("torn page"));
        foreach (var one in waiting)
            (await Should.ThrowAsync<FormatException>(() => one.WaitAsync(Eventually.Patience))).Message.ShouldBe("torn page");
        _shelf.IsSlow = false;
        await _shelf.UseAsync("a");
        // The failed one left no place taken.
        await _shelf.UseAsync("b");
        _shelf.Log.ShouldBe(["load a", "load a", "load b"]);
    }

    [Fact]
    public async Task Get_OneOfThoseWhoWaitIsCancelled_TheLoadingGoesOn()
    {
        _shelf.IsSlow = true;
        using var cancellation = new CancellationTokenSource();
        var (leaves, stays) = (_shelf.GetAsync("a", cancellation.Token), _shelf.GetAsync("a"));
        var load = await _shelf.LoadOfAsync("a");
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaves.WaitAsync(Eventually.Patience));
        load.Token.IsCancellationRequested.ShouldBeFalse();
        load.Go.SetResult();
        (await stays.WaitAsync(Eventually.Patience)).Model.Id.ShouldBe("a");
    }

    [Fact]
    public async Task Get_AllWhoWaitAreCancelled_TheLoadingIsCancelledAndTheNextStartsAnew()
    {
        _shelf.IsSlow = true;
        using var cancellation = new CancellationTokenSource();
        var leaves = _shelf.GetAsync("a", cancellation.Token);
        var load = await _shelf.LoadOfAsync("a");
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaves.WaitAsync(Eventually.Patience));
        await Eventually.TrueAsync(() => load.Token.IsCancellationRequested);
        var next = _shelf.GetAsync("a");
        (await _shelf.LoadOfAsync("a", number: 2)).Go.SetResult();
        (await next.WaitAsync(Eventually.Patience)).Model.Id.ShouldBe("a");
    }

    [Fact]
    public async Task Get_RequestEnds_NobodyWaitsAnyMore()
    {
        _shelf.IsSlow = true;
        using var request = new CancellationTokenSource();
        RequestContext.Current = new RequestContext("1", deadline: null, request.Token);
        var leaves = _shelf.GetAsync("a");
        var load = await _shelf.LoadOfAsync("a");
        await request.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaves.WaitAsync(Eventually.Patience));
        await Eventually.TrueAsync(() => load.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Get_WaitingForRoomIsCancelled_LeavesTheLine()
    {
        var (a, b) = (await _shelf.GetAsync("a"), await _shelf.GetAsync("b"));
        using var cancellation = new CancellationTokenSource();
        var leaves = _shelf.GetAsync("c", cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaves.WaitAsync(Eventually.Patience));
        a.Dispose();
        b.Dispose();
        await _shelf.UseAsync("d");
        _shelf.Log.ShouldNotContain("load c");
    }

    [Fact]
    public async Task Get_DisposeThrows_ThePlaceIsFreeAllTheSame()
    {
        var shelf = new BrokenShelf();
        await shelf.UseAsync("a");
        await shelf.UseAsync("b");
        shelf.Disposed.ShouldBe(1);
    }

    [Fact]
    public async Task Model_AfterTheLease_IsOutOfReach()
    {
        var lease = await _shelf.GetAsync("a");
        lease.ModelId.ShouldBe("a");
        lease.Dispose();
        Should.Throw<ObjectDisposedException>(() => lease.Model);
    }

    [Fact]
    public async Task Get_ModelOfTheRequest_IsTheOneThatItNames()
    {
        RequestContext.Current = new RequestContext("1", deadline: null, CancellationToken.None) { ModelId = "french" };
        using var lease = await Multiplexer.GetAsync(_shelf.LoadAsync, CancellationToken.None);
        lease.Model.Id.ShouldBe("french");
    }

    [Fact]
    public async Task Get_RequestNamesNoModel_SaysHow() =>
        (await Should.ThrowAsync<ServeException>(() => Multiplexer.GetAsync(_shelf.LoadAsync, CancellationToken.None).AsTask())).Message
            .ShouldBe("The request names no model; set the header serve_multiplexed_model_id, with gRPC the metadata multiplexed_model_id, or the model id of the handle's options.");

    [Fact]
    public async Task Get_InsideTheLoad_TheModelIsTheRequests()
    {
        string? seen = null;
        var naming = new NamingShelf(() => seen = ServeRequest.ModelId);
        (await naming.GetAsync("x")).Dispose();
        seen.ShouldBe("x");
    }

    [Fact]
    public async Task Close_UnloadsAllModelsAndWaitsForTheirUsers()
    {
        var scope = TestQueue.Scope();
        scope.Attach(_shelf);
        await _shelf.UseAsync("a");
        var b = await _shelf.GetAsync("b");
        var waiting = _shelf.GetAsync("b");
        (await waiting).Dispose();
        var closing = scope.Models!.CloseAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => _shelf.Log.Contains("unload a"));
        closing.IsCompleted.ShouldBeFalse();
        (await Should.ThrowAsync<DeploymentUnavailableException>(() => _shelf.GetAsync("b"))).Message.ShouldContain("shutting down");
        b.Model.Id.ShouldBe("b");
        b.Dispose();
        await closing.WaitAsync(Eventually.Patience);
        _shelf.Log.ShouldContain("unload b");
    }

    [Fact]
    public async Task Close_WhileModelsLoad_CancelsThemAndFailsThoseWhoWait()
    {
        var scope = TestQueue.Scope();
        scope.Attach(_shelf);
        _shelf.IsSlow = true;
        var waiting = new[] { "a", "b", "c" }.Select(id => _shelf.GetAsync(id)).ToList();
        var load = await _shelf.LoadOfAsync("a");
        await scope.Models!.CloseAsync(CancellationToken.None).WaitAsync(Eventually.Patience);
        load.Token.IsCancellationRequested.ShouldBeTrue();
        foreach (var one in waiting)
            await Should.ThrowAsync<DeploymentUnavailableException>(() => one.WaitAsync(Eventually.Patience));
    }

    private sealed class BrokenShelf
    {
        public int Disposed { get; private set; }

        public async Task UseAsync(string id)
        {
            using var lease = await Multiplexer.GetAsync(LoadAsync, id, CancellationToken.None).AsTask().WaitAsync(Eventually.Patience);
        }

        [Multiplexed(MaxModelsPerReplica = 1)]
        private Task<Broken> LoadAsync(string modelId, CancellationToken cancellationToken) => Task.FromResult(new Broken(this));

        private sealed class Broken(BrokenShelf shelf) : IDisposable
        {
            public void Dispose()
            {
                shelf.Disposed++;
                throw new FormatException("stuck");
            }
        }
    }

    private sealed class NamingShelf(Action onLoad)
    {
        public ValueTask<ModelLease<string>> GetAsync(string id) => Multiplexer.GetAsync(LoadAsync, id, CancellationToken.None);

        [Multiplexed]
        private Task<string> LoadAsync(string modelId, CancellationToken cancellationToken)
        {
            onLoad();
            return Task.FromResult(modelId);
        }
    }
}
