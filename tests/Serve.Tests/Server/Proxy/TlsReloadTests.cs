using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Serve.Server.Proxy;
using Serve.Specs;
using Serve.Testing;

namespace Serve.Tests.Server.Proxy;

/// <summary>A certificate is renewed under a proxy that runs.</summary>
public sealed class TlsReloadTests : ProxyHarness
{
    /// <summary>Longer than the time between two looks at the files.</summary>
    private static readonly TimeSpan Looks = TimeSpan.FromSeconds(20);

    private readonly ManualTimeProvider _clock = new();
    private ProxyServer _proxy = null!;

    public override async Task InitializeAsync()
    {
        Write("CN=one");
        _proxy = await StartAsync(new HttpOptions { SslCertFile = Folder.File("cert.pem"), SslKeyFile = Folder.File("key.pem") }, timeProvider: _clock);
    }

    [Fact]
    public async Task Files_AreReplaced_NewConnectionsGetTheNewCertificate()
    {
        (await ShownAsync()).ShouldBe("CN=one");
        Write("CN=two");
        await AfterLooksAsync(async () => await ShownAsync() == "CN=two");
    }

    [Fact]
    public async Task Files_DontBelongTogether_OldOneIsKeptWithAWarningUntilTheyDo()
    {
        var old = await File.ReadAllTextAsync(Folder.File("key.pem"));
        Write("CN=two");
        var key = await File.ReadAllTextAsync(Folder.File("key.pem"));
        await File.WriteAllTextAsync(Folder.File("key.pem"), old);
        await AfterLooksAsync(() => Task.FromResult(Warnings() == 1));
        (await ShownAsync()).ShouldBe("CN=one");
        await File.WriteAllTextAsync(Folder.File("key.pem"), key);
        await AfterLooksAsync(async () => await ShownAsync() == "CN=two");
        Warnings().ShouldBe(1, "it was said once");
    }

    [Fact]
    public async Task File_IsGone_OldOneIsKeptWithAWarning()
    {
        File.Delete(Folder.File("cert.pem"));
        await AfterLooksAsync(() => Task.FromResult(Warnings() == 1));
        Log.Entries.Single(entry => entry.Level == LogLevel.Warning).Message.ShouldContain("cert.pem");
        (await ShownAsync()).ShouldBe("CN=one");
    }

    private int Warnings() => Log.Entries.Count(entry => entry.Level == LogLevel.Warning);

    private Task AfterLooksAsync(Func<Task<bool>> condition) => Eventually.TrueAsync(() =>
    {
        _clock.Advance(Looks);
        return condition();
    });

    private void Write(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(Folder.File("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private async Task<string> ShownAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_proxy.HttpAddress.Host, _proxy.HttpAddress.Port);
        var subject = "";
        await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => (subject = shown?.Subject ?? "").StartsWith("CN=", StringComparison.Ordinal));
        await stream.AuthenticateAsClientAsync("serve.test");
        return subject;
    }
}
