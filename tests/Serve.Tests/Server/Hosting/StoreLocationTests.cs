using Serve.Admin;
using Serve.Server.Hosting;
using Serve.Testing;

namespace Serve.Tests.Server.Hosting;

public sealed class StoreLocationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("10.0.0.1:7000")]
    [InlineData("head:7000")]
    [InlineData("http://head")]
    [InlineData("tcp://10.0.0.1:1")]
    public void Place_OfAnotherMachine_IsRefused(string place) => StoreLocation.WhyNot(place)!.ShouldContain("nodes on other machines are not supported yet");

    [Theory]
    [InlineData("/var/lib/serve")]
    [InlineData("data")]
    [InlineData("./odd:name")]
    [InlineData("/tmp/a:1")]
    public void Place_OnThisMachine_IsTaken(string place) => StoreLocation.WhyNot(place).ShouldBeNull();

    [Fact]
    public void Socket_OfAControllerThatIsStartedAgain_IsTheNewOne()
    {
        Write("/run/1.sock");
        StoreLocation.FindSocket(_folder.Path).ShouldBe("/run/1.sock");
        Write("/run/2.sock");
        StoreLocation.FindSocket(_folder.Path).ShouldBe("/run/2.sock");
    }

    [Fact]
    public void Socket_GivenItself_IsTaken()
    {
        File.WriteAllText(_folder.File("store.sock"), "");
        StoreLocation.FindSocket(_folder.File("store.sock")).ShouldBe(_folder.File("store.sock"));
    }

    [Fact]
    public void Socket_NobodyIsThere_SaysWhereItWasLookedFor()
    {
        Should.Throw<IOException>(() => StoreLocation.FindSocket(_folder.Path)).Message.ShouldContain($"no controller runs in the data folder '{_folder.Path}'");
        Should.Throw<IOException>(() => StoreLocation.FindSocket("/not/there")).Message.ShouldContain("'/not/there'");
    }

    [Fact]
    public void Socket_ServerHasANodeOfItsOwn_SaysSo()
    {
        Write(store: null);
        Should.Throw<IOException>(() => StoreLocation.FindSocket(_folder.Path)).Message.ShouldContain("--role controller");
    }

    private void Write(string? store) => File.WriteAllBytes(_folder.File(ServerAddresses.ServerFile), new ServerAddresses(1, new Uri("http://127.0.0.1:1"), Http: null, Grpc: null, store).ToJson());
}
