using Microsoft.Extensions.Logging.Abstractions;
using Serve.ModelServer.Control;
using Serve.OpenInference;

namespace Serve.Onnx.Tests.ModelServer;

public sealed class ControlBookTests
{
    [Fact]
    public async Task UnloadHere_WhileALoadIsOnItsWay_ComesAfterItInTheBookToo()
    {
        var done = new List<string>();
        var loading = new TaskCompletionSource();
        using var book = BookOf(new OtherReplica(), async (load, _) =>
        {
            await loading.Task;
            done.Add("load");
        }, (_, _) =>
        {
            done.Add("unload");
            return Task.CompletedTask;
        });
        var load = book.LoadHereAsync(LoadOf("a"), CancellationToken.None);
        var unload = book.UnloadHereAsync("a", CancellationToken.None);
        loading.SetResult();
        await Task.WhenAll(load, unload);
        done.ShouldBe(["load", "unload"]);
        book.Loads.ShouldBeEmpty();
    }

    [Fact]
    public async Task CatchUp_OthersThatHaveModels_LoadsThem()
    {
        using var book = BookOf(new OtherReplica(LoadOf("a"), LoadOf("b")));
        await book.CatchUpAsync(CancellationToken.None);
        book.Loads.Select(load => load.Model).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task CatchUp_NoneOfTheOthersAnswers_FailsTheStart()
    {
        using var book = BookOf(new OtherReplica { Failure = new ReplicaLostException("It ended.") });
        (await Should.ThrowAsync<DeploymentUnavailableException>(() => book.CatchUpAsync(CancellationToken.None))).Message.ShouldContain("None of the 1 replicas");
    }

    private static ControlBook BookOf(OtherReplica others, Func<ModelLoad, CancellationToken, Task>? load = null, Func<string, CancellationToken, Task>? unload = null) =>
        new(new DeploymentHandle<IModelReplica>(others), load ?? ((_, _) => Task.CompletedTask), unload ?? ((_, _) => Task.CompletedTask), NullLogger.Instance);

    private static ModelLoad LoadOf(string model) => new(model, Config: null, new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal));
}
