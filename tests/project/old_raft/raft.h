/* SPDX-License-Identifier: Apache-2.0
 *
 * What the header of an old libraft says of itself.
 */
#define RAFT_VERSION_MAJOR 0
#define RAFT_VERSION_MINOR 21
#define RAFT_VERSION_RELEASE 9
