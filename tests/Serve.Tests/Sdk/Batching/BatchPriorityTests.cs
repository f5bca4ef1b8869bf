using Serve.Batching;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

/// <summary>Who goes first where items are not equally urgent. An item is its level and a name; one with a question mark is late after a second.</summary>
public sealed class BatchPriorityTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Desk _desk = new();

    public BatchPriorityTests() => Batcher.Attach(_desk, new BatchOwner { TimeProvider = _clock });

    [Fact]
    public async Task Run_UrgentOnesCameLast_GetTwiceThePlacesOfTheNextLevel()
    {
        await RunAsync(["2a", "2b", "2c", "1a", "1b", "1c", "1d", "0a", "0b", "0c", "0d", "0e"], "0a 0b 1a", "0c 0d 1b", "2a 0e 1c", "1d 2b 2c");
    }

    [Fact]
    public async Task Run_EquallyUrgent_FirstComeFirstServed() => await RunAsync(["3a", "3b", "3c", "3d"], "3a 3b 3c", "3d");

    [Fact]
    public async Task Run_HasWaitedForSeconds_RisesToTheMostUrgent()
    {
        var block = await BlockAsync();
        var old = _desk.AskAsync("2old");
        _clock.Advance(TimeSpan.FromSeconds(2));
        await FinishAsync(block, [old, .. Ask("0a", "0b", "0c")]);

        _desk.Batches.ShouldBe(["block", "2old 0a 0b", "0c"]);
    }

    [Fact]
    public async Task Run_HasWaitedForTooLong_GoesBehindAllOthersEvenIfTheyCameLater()
    {
        var block = await BlockAsync();
        var late = Ask("0late?", "0b");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await FinishAsync(block, [.. late, .. Ask("9c", "0d", "9e")]);

        _desk.Batches.ShouldBe(["block", "0b 0d 9c", "9e 0late?"]);
    }

    [Fact]
    public async Task Run_LateForLong_StarvesNot()
    {
        var block = await BlockAsync();
        var late = _desk.AskAsync("0late?");
        _clock.Advance(TimeSpan.FromSeconds(1 + BatchUrgency.Late));
        await FinishAsync(block, [late, .. Ask("0a", "0b", "0c")]);

        _desk.Batches.ShouldBe(["block", "0late? 0a 0b", "0c"]);
    }

    [Theory]
    [InlineData("9", 16)]
    [InlineData("9", -1)]
    public async Task Run_LevelThatThereIsNot_IsNamed(string item, int level)
    {
        _desk.Level = level;

        (await Should.ThrowAsync<InvalidOperationException>(() => _desk.AskAsync(item))).Message
            .ShouldBe($"[Batch] on Desk.AnswerAsync: PriorityOf returned level {level} for an item; it must be from 0 to 15.");
    }

    [Fact]
    public void Declaration_PriorityOfWrongType_SaysWhy() =>
        Should.Throw<InvalidOperationException>(() => BatchDeclaration.Of(typeof(Desk).GetMethod(nameof(Desk.WrongAsync))!)).Message
            .ShouldBe("[Batch] on Desk.WrongAsync: PriorityOf is Text, which returns String; it must return int or BatchPriority.");

    [Fact]
    public async Task Status_AfterBatches_CountsThemByTheirReasons()
    {
        await RunAsync(["0a", "0b", "0c", "0d"], "0a 0b 0c", "0d");

        Batcher.StatusOf(_desk.AnswerAsync).Started.ShouldBe(new Dictionary<string, long> { ["greedy"] = 2, ["size"] = 1 }, ignoreOrder: true);
    }

    private async Task RunAsync(string[] items, params string[] expected)
    {
        var block = await BlockAsync();
        await FinishAsync(block, Ask(items));
        _desk.Batches.ShouldBe(["block", .. expected]);
    }

    private Task<string>[] Ask(params string[] items) => [.. items.Select(_desk.AskAsync)];

    private async Task<Task<string>> BlockAsync()
    {
        var block = _desk.AskAsync("block");
        await Eventually.TrueAsync(() => _desk.Batches.Count == 1);
        return block;
    }

    private async Task FinishAsync(Task<string> block, Task<string>[] asked)
    {
        _desk.Go.SetResult();
        await Task.WhenAll([block, .. asked]).WaitAsync(Eventually.Patience);
    }

    private sealed class Desk
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Batches { get; } = [];

        public int? Level { get; set; }

        public Task<string> AskAsync(string item) => Batcher.RunAsync(AnswerAsync, item, CancellationToken.None);

        [Batch(MaxBatchSize = 3, PriorityOf = nameof(PriorityOf))]
        public async Task<IReadOnlyList<string>> AnswerAsync(IReadOnlyList<string> items, CancellationToken cancellationToken)
        {
            Batches.Add(string.Join(' ', items));
            await Go.Task;
            return items;
        }

        [Batch(PriorityOf = nameof(Text))]
        public Task<IReadOnlyList<string>> WrongAsync(IReadOnlyList<string> items, CancellationToken cancellationToken) => throw new NotSupportedException();

        private static string Text(string item) => item;

        private BatchPriority PriorityOf(string item) =>
            new(Level ?? (char.IsDigit(item[0]) ? item[0] - '0' : 0)) { LateAfter = item.EndsWith('?') ? TimeSpan.FromSeconds(1) : TimeSpan.Zero };
    }
}
