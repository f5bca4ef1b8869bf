using System.Diagnostics.CodeAnalysis;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

[SuppressMessage("Style", "IDE0003", Justification = "What a call writes before the method's name is what is tested.")]
public sealed class BatcherTests
{
    [Fact]
    public async Task Run_ItemsOfOneObject_MeetInABatch()
    {
        var reader = new LineReader();
        var first = reader.ReadAsync("blocks");
        await Eventually.TrueAsync(() => reader.Batches.Count == 1);
        var others = new[] { reader.ReadAsync("a"), reader.ReadByThisAsync("b"), reader.ReadAsync("c") };
        reader.Go.SetResult();
        await first;
        (await Task.WhenAll(others)).ShouldBe([1, 1, 1]);
        reader.Batches.ShouldBe(["blocks", "a b c"]);
    }

    [Fact]
    public async Task Run_ItemsOfTwoObjects_DoNotWaitForEachOther()
    {
        var (blocked, free) = (new LineReader(), new LineReader());
        var waiting = blocked.ReadAsync("x");
        free.Go.SetResult();
        (await free.ReadAsync("ab").WaitAsync(Eventually.Patience)).ShouldBe(2);
        blocked.Go.SetResult();
        await waiting;
    }

    [Fact]
    public async Task Run_Overloads_HaveQueuesOfTheirOwn()
    {
        var reader = new LineReader();
        reader.Go.SetResult();
        (await reader.ReadAsync("abc")).ShouldBe(3);
        (await reader.ReadAsync(5)).ShouldBe("5");
    }

    [Fact]
    public async Task Run_AttributeOnTheBaseMethod_Counts()
    {
        var reader = new UpperReader();
        reader.Go.SetResult();
        (await reader.ReadAsync("abc")).ShouldBe(103);
    }

    [Fact]
    public async Task Run_MethodWithoutAttribute_IsNamed() =>
        (await Wrong(() => Batcher.RunAsync(new LineReader().ReadPlainAsync, "x", CancellationToken.None))).ShouldBe("The method LineReader.ReadPlainAsync has no [Batch] attribute.");

    [Fact]
    public async Task Run_StaticMethod_IsNamed() =>
        (await Wrong(() => Batcher.RunAsync(LineReader.ReadStaticAsync, "x", CancellationToken.None))).ShouldBe("The method LineReader.ReadStaticAsync is static; a batch belongs to an object.");

    [Fact]
    public async Task Run_LambdaOrLocalFunction_SaysWhatToPassInstead()
    {
        const string Expected = "A lambda or local function can't be batched; pass the method that has the [Batch] attribute by its name.";
        var reader = new LineReader();
        (await Wrong(() => Batcher.RunAsync((items, token) => reader.ReadManyAsync(items, token), "x", CancellationToken.None))).ShouldBe(Expected);
        (await Wrong(() => Batcher.RunAsync((items, _) => Task.FromResult(items), "x", CancellationToken.None))).ShouldBe(Expected);
        (await Wrong(() => reader.ReadByLambdaAsync("x"))).ShouldBe(Expected);
        (await Wrong(() => Batcher.RunAsync(Local, "x", CancellationToken.None))).ShouldBe(Expected);

        Task<IReadOnlyList<int>> Local(IReadOnlyList<string> items, CancellationToken cancellationToken) => reader.ReadManyAsync(items, cancellationToken);
    }

    private static async Task<string> Wrong(Func<Task> run) => (await Should.ThrowAsync<InvalidOperationException>(run)).Message;

    private class LineReader
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Batches { get; } = [];

        public static Task<IReadOnlyList<int>> ReadStaticAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> ReadAsync(string line) => Batcher.RunAsync(ReadManyAsync, line, CancellationToken.None);

        public Task<int> ReadByThisAsync(string line) => Batcher.RunAsync(this.ReadManyAsync, line, CancellationToken.None);

        public Task<string> ReadAsync(int number) => Batcher.RunAsync<int, string>(ReadManyAsync, number, CancellationToken.None);

        public Task<int> ReadByLambdaAsync(string line) => Batcher.RunAsync((lines, token) => ReadManyAsync(lines, token), line, CancellationToken.None);

        [Batch]
        public virtual async Task<IReadOnlyList<int>> ReadManyAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken)
        {
            Batches.Add(string.Join(' ', lines));
            await Go.Task;
            return [.. lines.Select(line => line.Length)];
        }

        [Batch]
        public Task<IReadOnlyList<string>> ReadManyAsync(IReadOnlyList<int> numbers, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<string>>([.. numbers.Select(number => number.ToString())]);

        public Task<IReadOnlyList<int>> ReadPlainAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class UpperReader : LineReader
    {
        public override async Task<IReadOnlyList<int>> ReadManyAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken) =>
            [.. (await base.ReadManyAsync(lines, cancellationToken)).Select(length => length + 100)];
    }
}
