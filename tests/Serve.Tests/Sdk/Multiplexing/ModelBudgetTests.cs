using Serve.Multiplexing;

namespace Serve.Tests.Sdk.Multiplexing;

/// <summary>Models that share so many bytes, and what a class may declare.</summary>
public sealed class ModelBudgetTests
{
    private readonly SizedShelf _shelf = new();

    [Fact]
    public async Task Get_OverTheBudget_UnloadsAsManyAsItTakes()
    {
        await _shelf.UseAsync("40a");
        await _shelf.UseAsync("30b");
        await _shelf.UseAsync("30c");
        await _shelf.UseAsync("60d");
        _shelf.Log.ShouldBe(["load 40a", "load 30b", "load 30c", "unload 40a", "unload 30b", "load 60d"], ignoreOrder: true);
        _shelf.Log.Last().ShouldBe("load 60d");
        await _shelf.UseAsync("30c");
        _shelf.Log.Count.ShouldBe(6);
    }

    [Fact]
    public async Task Get_LargerThanTheBudget_SaysWhatToRaiseAndUnloadsNothing()
    {
        await _shelf.UseAsync("40a");
        var exception = await Should.ThrowAsync<ServeException>(() => _shelf.GetAsync("101b"));
        exception.Error.ShouldBe(ServeError.TooLarge);
        exception.Message.ShouldBe("The model '101b' needs 101 bytes, and all models of a replica together may have 100; raise MemoryBudgetBytes of SizedShelf.LoadSizedAsync.");
        _shelf.Log.ShouldBe(["load 40a"]);
    }

    [Fact]
    public async Task Get_SizeThrows_FailsThatRequestOnly()
    {
        await Should.ThrowAsync<FormatException>(() => _shelf.GetAsync("large"));
        await _shelf.UseAsync("1a");
    }

    [Fact]
    public async Task Get_IdTooLong_IsRefused() =>
        (await Should.ThrowAsync<ServeException>(() => new Shelf().GetAsync(new string('x', 257)))).Message.ShouldEndWith("has 257 characters; it may have 256.");

    [Theory]
    [InlineData(nameof(Wrong.NoPlaceAsync), "MaxModelsPerReplica is 0; it must be at least 1, or -1 for no bound.")]
    [InlineData(nameof(Wrong.NoSizeAsync), "SizeOf and MemoryBudgetBytes go together; one of them is not set.")]
    [InlineData(nameof(Wrong.UnknownSizeAsync), "SizeOf is 'Nothing'; Wrong has no method of that name that takes a string and returns long.")]
    [InlineData(nameof(Wrong.OtherShapeAsync), "the method must take a string and a CancellationToken and return a Task of the model, and not be static.")]
    public void Declaration_ThatMakesNoSense_SaysWhy(string method, string message) =>
        Should.Throw<InvalidOperationException>(() => ModelDeclaration.Of(typeof(Wrong).GetMethod(method)!)).Message.ShouldBe($"[Multiplexed] on Wrong.{method}: {message}");

    [Fact]
    public void Declaration_WithoutAttribute_SaysSo() =>
        Should.Throw<InvalidOperationException>(() => Multiplexer.GetAsync((_, _) => Task.FromResult(1), "x", CancellationToken.None).AsTask().IsCompleted)
            .Message.ShouldEndWith("has no [Multiplexed] attribute; pass the method that has one by its name.");

    [Fact]
    public void Declaration_BudgetWithoutNumber_HasNoBoundOfNumber()
    {
        var declaration = ModelDeclaration.Of(typeof(SizedShelf).GetMethod(nameof(SizedShelf.LoadSizedAsync))!);
        declaration.MaxModels.ShouldBe(int.MaxValue);
        declaration.MemoryBudget.ShouldBe(100);
    }

    private sealed class SizedShelf : Shelf
    {
        public override Task<ModelLease<Book>> GetAsync(string id, CancellationToken cancellationToken = default) => Multiplexer.GetAsync(LoadSizedAsync, id, cancellationToken).AsTask();

        [Multiplexed(MemoryBudgetBytes = 100, SizeOf = nameof(SizeOf))]
        public Task<Book> LoadSizedAsync(string modelId, CancellationToken cancellationToken) => StartAsync(modelId, cancellationToken);

        private static long SizeOf(string modelId) => long.Parse(modelId.TrimEnd('a', 'b', 'c', 'd'));
    }

    private sealed class Wrong
    {
        [Multiplexed(MaxModelsPerReplica = 0)]
        public Task<string> NoPlaceAsync(string modelId, CancellationToken cancellationToken) => throw new NotSupportedException();

        [Multiplexed(MemoryBudgetBytes = 1)]
        public Task<string> NoSizeAsync(string modelId, CancellationToken cancellationToken) => throw new NotSupportedException();

        [Multiplexed(MemoryBudgetBytes = 1, SizeOf = "Nothing")]
        public Task<string> UnknownSizeAsync(string modelId, CancellationToken cancellationToken) => throw new NotSupportedException();

        [Multiplexed]
        public Task<string> OtherShapeAsync(string modelId) => throw new NotSupportedException();
    }
}
