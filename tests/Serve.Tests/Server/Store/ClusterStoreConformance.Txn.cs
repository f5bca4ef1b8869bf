using Serve.Server.Store;

namespace Serve.Tests.Server.Store;

public abstract partial class ClusterStoreConformance
{
    [Fact]
    public async Task Range_SeveralKeys_AreThoseOfThePrefixInOrder()
    {
        await PutAsync("b/2", "two");
        await PutAsync("c", "other");
        await PutAsync("b/10", "ten");
        await PutAsync("b", "itself");
        (await ValuesAsync("b/")).ShouldBe("b/10=ten b/2=two");
    }

    [Fact]
    public async Task Range_NothingThere_IsEmptyAtTheCurrentRevision()
    {
        var revision = await PutAsync("a", "1");
        var range = await Store.RangeAsync(Key("nothing"), default);
        range.Entries.ShouldBeEmpty();
        range.Revision.ShouldBe(revision);
    }

    [Fact]
    public async Task Txn_ThatChanges_TakesTheNextRevision()
    {
        var first = await PutAsync("a", "1");
        (await PutAsync("a", "2")).ShouldBe(first + 1);
        (await DeleteAsync("a")).Revision.ShouldBe(first + 2);
        (await Store.RangeAsync(Key(""), default)).Revision.ShouldBe(first + 2);
    }

    [Fact]
    public async Task Txn_SeveralChanges_AreOneRevision()
    {
        var first = await PutAsync("a", "1");
        await ChangeAsync(Set("a", "2"), Set("b", "2"));
        (await GetAsync("a"))!.ModRevision.ShouldBe(first + 1);
        (await GetAsync("b"))!.ModRevision.ShouldBe(first + 1);
    }

    [Fact]
    public async Task Txn_DeletesNothing_KeepsTheRevision()
    {
        var first = await PutAsync("a", "1");
        (await DeleteAsync("nothing")).ShouldBe(new StoreTxnResult(Succeeded: true, first));
    }

    [Fact]
    public async Task CreateRevision_KeyIsChanged_StaysAndIsNewAfterADeletion()
    {
        var created = await PutAsync("a", "1");
        await PutAsync("a", "2");
        (await GetAsync("a"))!.CreateRevision.ShouldBe(created);
        await DeleteAsync("a");
        var again = await PutAsync("a", "3");
        (await GetAsync("a"))!.CreateRevision.ShouldBe(again);
    }

    [Fact]
    public async Task Txn_ConditionFails_ChangesNothing()
    {
        var created = await PutAsync("a", "1");
        var result = await IfAsync("a", created + 1, Set("a", "2"), Set("b", "2"));
        result.ShouldBe(new StoreTxnResult(Succeeded: false, created));
        (await ValuesAsync()).ShouldBe("a=1");
    }

    [Fact]
    public async Task Txn_OneOfSeveralConditionsFails_ChangesNothing()
    {
        var created = await PutAsync("a", "1");
        var txn = new StoreTxn([new StoreCondition(Key("a"), created), new StoreCondition(Key("b"), created)], [Set("a", "2")]);
        (await Store.TxnAsync(txn, default)).Succeeded.ShouldBeFalse();
        (await ValuesAsync()).ShouldBe("a=1");
    }

    [Fact]
    public async Task Txn_ConditionOfAKeyThatIsNotThere_HoldsOnce()
    {
        (await IfAsync("leader", 0, Set("leader", "me"))).Succeeded.ShouldBeTrue();
        (await IfAsync("leader", 0, Set("leader", "you"))).Succeeded.ShouldBeFalse();
        (await ValuesAsync()).ShouldBe("leader=me");
    }

    [Fact]
    public async Task Txn_KeyWasDeletedAndMadeAnew_OldCreateRevisionFails()
    {
        var mine = await PutAsync("leader", "me");
        await DeleteAsync("leader");
        await PutAsync("leader", "you");
        (await IfAsync("leader", mine, Set("a", "1"))).Succeeded.ShouldBeFalse();
    }

    [Fact]
    public async Task Txn_ManyWritersOfOneCondition_OneWins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(writer => Task.Run(() => IfAsync("lock", 0, Set("lock", $"{writer}")))));
        var winner = Array.FindIndex(results, result => result.Succeeded);
        results.Count(result => result.Succeeded).ShouldBe(1);
        (await ValuesAsync()).ShouldBe($"lock={winner}");
    }

    [Fact]
    public async Task Txn_SameKeyTwice_IsRefusedWhole()
    {
        await Should.ThrowAsync<ArgumentException>(() => ChangeAsync(Set("a", "1"), Set("b", "1"), Set("a", "2")));
        (await ValuesAsync()).ShouldBe("");
    }

    [Fact]
    public async Task Txn_EmptyValue_IsAValue()
    {
        await PutAsync("a", "");
        (await ValuesAsync()).ShouldBe("a=");
    }

    [Fact]
    public async Task Volatile_WhileTheStoreIsOpen_IsLikeAnyKey()
    {
        var revision = await PutAsync("a", "1", isVolatile: true);
        await using var watch = Watch(revision);
        (await watch.NextAsync()).ShouldBe("a=1");
        (await GetAsync("a"))!.CreateRevision.ShouldBe(revision);
        await DeleteAsync("a");
        (await watch.NextAsync()).ShouldBe("-a");
    }
}
