/* More that C++ programs do: names of the calls as members, and as functions of std. */
struct channel {
    int recv(int n) { return n; }
    int select(int n) { return n; }
    int send(int n) { return n; }
    int close() { return recv(1) + select(2) + send(3); }
};
int more(channel &c)
{
    auto bound = std::bind(&channel::recv, &c, 7);
    auto pick = std::bind(&channel::select, &c, std::placeholders::_1);
    SOCKADDR_STORAGE storage{};
    return bound() + pick(1) + c.close() + static_cast<int>(storage.ss_family) + (WSAID_EQUAL);
}
