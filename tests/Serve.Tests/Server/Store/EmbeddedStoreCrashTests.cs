using System.Text;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;

namespace Serve.Tests.Server.Store;

/// <summary>What a store makes of a file that a crash or a bad disk has left.</summary>
public sealed class EmbeddedStoreCrashTests : IDisposable
{
    private const int Seeds = 12;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_FileCutAnywhere_HasThePrefixOfWholeTransactions()
    {
        for (var seed = 0; seed < 3; seed++)
        {
            var (bytes, states) = await WriteRandomTransactionsAsync(new Random(seed));
            var seen = new HashSet<string>();
            for (var length = 0; length <= bytes.Length; length++)
            {
                var contents = Load(bytes.AsSpan(0, length));
                states.ShouldContain(contents, $"seed {seed}, cut at {length}");
                seen.Add(contents);
            }

            Load(bytes).ShouldBe(states[^1], $"seed {seed}");
            seen.ShouldBe(states.Distinct(), ignoreOrder: true, $"seed {seed}: every transaction must be durable on its own");
        }
    }

    [Fact]
    public async Task Open_AfterACut_GoesOnFromThere()
    {
        await using (var store = _folder.Open())
        {
            await StoreFolder.PutAsync(store, "a", "1");
            await StoreFolder.PutAsync(store, "b", "2");
        }

        var bytes = await File.ReadAllBytesAsync(_folder.File);
        await File.WriteAllBytesAsync(_folder.File, bytes[..^3]);
        await using (var store = _folder.Open())
            (await StoreFolder.PutAsync(store, "c", "3")).Revision.ShouldBe(StoreState.BlockLength + 1);
        (await _folder.ContentsAsync()).ShouldBe($"a@1/1=1 c@{StoreState.BlockLength + 1}/{StoreState.BlockLength + 1}=3");
    }

    [Fact]
    public async Task Open_ZerosAtTheEnd_AreTheWriteThatACrashLost()
    {
        await using (var store = _folder.Open())
            await StoreFolder.PutAsync(store, "a", "1");
        await using (var file = File.Open(_folder.File, FileMode.Append))
            await file.WriteAsync(new byte[4096]);
        (await _folder.ContentsAsync()).ShouldBe("a@1/1=1");
    }

    [Fact]
    public async Task Open_BitFlippedInTheMiddle_SaysWhereAndWhatToDo()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var (bytes, _) = await WriteRandomTransactionsAsync(random);
            var bit = random.Next(8 * (bytes.Length - LengthOfLastRecord(bytes)));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var error = Should.Throw<InvalidDataException>(() => Load(bytes), $"seed {seed}, bit {bit}");
            error.Message.ShouldContain(_folder.File);
            error.Message.ShouldContain("Put a copy back");
        }
    }

    [Fact]
    public async Task Open_BitFlippedInTheLastRecord_LosesNoOther()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var (bytes, states) = await WriteRandomTransactionsAsync(random);
            var whole = bytes.Length - LengthOfLastRecord(bytes);
            var expected = Load(bytes.AsSpan(0, whole));
            bytes[random.Next(whole, bytes.Length)] ^= 0x10;
            Load(bytes).ShouldBe(expected, $"seed {seed}");
            states.ShouldContain(expected, $"seed {seed}");
        }
    }

    [Fact]
    public async Task Open_BitFlippedInASnapshotThatIsAllThereIs_IsNotAnEmptyStore()
    {
        await using (var store = _folder.Open())
        {
            await StoreFolder.PutAsync(store, "a", "1");
            for (var i = 0; i < 16; i++)
                await StoreFolder.PutAsync(store, "b", new string('x', 64 * 1024));
        }

        var bytes = await File.ReadAllBytesAsync(_folder.File);
        LengthOfLastRecord(bytes).ShouldBe(bytes.Length, "the file was not rewritten by the last change");
        bytes[1000] ^= 1;
        Should.Throw<InvalidDataException>(() => Load(bytes));
    }

    private string Load(ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(_folder.File, bytes);
        var state = new StoreState();
        StoreFile.Open(_folder.Folder, state).Dispose();
        return StoreFolder.Text(state.Range(""));
    }

    private static int LengthOfLastRecord(byte[] bytes)
    {
        var at = 0;
        while (true)
        {
            var length = 8 + BitConverter.ToInt32(bytes, at);
            if (at + length == bytes.Length)
                return length;
            at += length;
        }
    }

    /// <returns>The file, and what the store must hold after each transaction.</returns>
    private async Task<(byte[] File, List<string> States)> WriteRandomTransactionsAsync(Random random)
    {
        File.Delete(_folder.File);
        await using var store = _folder.Open();
        var states = new List<string> { "" };
        for (var i = 0; i < 8; i++)
        {
            var keys = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"k{random.Next(5)}").Distinct();
            await store.TxnAsync(new StoreTxn([], [.. keys.Select(key => RandomChange(key, random))]), default);
            states.Add(DurablePart((await store.RangeAsync("", default)).Entries));
        }

        await store.DisposeAsync();
        return (await File.ReadAllBytesAsync(_folder.File), states);
    }

    private static StoreChange RandomChange(string key, Random random) => random.Next(6) switch
    {
        0 => new StoreChange(key, Value: null),
        1 => new StoreChange(key, "~volatile"u8.ToArray(), IsVolatile: true),
        _ => new StoreChange(key, Encoding.UTF8.GetBytes(new string((char)random.Next('a', 'z'), random.Next(12)))),
    };

    private static string DurablePart(IEnumerable<StoreEntry> entries) => StoreFolder.Text(entries.Where(entry => entry.Value is not [(byte)'~', ..]));
}
